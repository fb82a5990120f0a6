#include "phoenix.hpp"

namespace roost::bench::phoenix {
namespace {

/// Takes one token (a string, or a run without commas) and the comma after it.
bool take_token(std::string_view& text, std::string_view& token) {
  std::size_t end = 0;
  if (text.starts_with('"')) {
    end = text.find('"', 1);
    if (end == text.npos) return false;
    ++end;
  } else {
    end = text.find(',');
  }
  if (end >= text.size() || text[end] != ',') return false;
  token = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

bool take_string(std::string_view& text, std::string_view& inner) {
  if (!text.starts_with('"') || !take_token(text, inner)) return false;
  inner = inner.substr(1, inner.size() - 2);
  return true;
}

}  // namespace

std::optional<Message> parse(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  Message message;
  if (!take_token(text, message.join_ref) || !take_token(text, message.ref) ||
      !take_string(text, message.topic) || !take_string(text, message.event))
    return std::nullopt;
  message.payload = text;
  return message;
}

void append(std::string& out, const Message& message) {
  out += '[';
  out += message.join_ref;
  out += ',';
  out += message.ref;
  out += ",\"";
  out += message.topic;
  out += "\",\"";
  out += message.event;
  out += "\",";
  out += message.payload;
  out += ']';
}

}  // namespace roost::bench::phoenix
