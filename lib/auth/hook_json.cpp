#include "auth/hook_json.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::auth {

namespace {

std::string_view word(Question::Kind kind) {
  switch (kind) {
    case Question::Kind::connect:
      return "connect";
    case Question::Kind::join:
      return "join";
    case Question::Kind::publish:
      return "publish";
  }
  return "";
}

/// RFC 4648 section 4.
std::string to_base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
    const auto byte = [&](std::size_t i) {
      return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += digits[bits >> 18];
    out += digits[bits >> 12 & 63];
    out += bytes.size() > 1 ? digits[bits >> 6 & 63] : '=';
    out += bytes.size() > 2 ? digits[bits & 63] : '=';
  }
  return out;
}

/// Appends the members of one JSON object.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  void name(std::string_view text) {
    if (!std::exchange(first_, false)) out_ += ',';
    json::append_quoted(out_, text);
    out_ += ':';
  }
  void raw(std::string_view member, std::string_view value) {
    name(member);
    out_ += value.empty() ? "null" : value;
  }
  /// What is empty is null. What a client sent may be no UTF-8: then it is
  /// nothing that a hook could know.
  void text(std::string_view member, std::string_view value) {
    if (value.empty() || !is_utf8(value)) return raw(member, "null");
    name(member);
    json::append_quoted(out_, value);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace

std::string question_to_json(const Question& question) {
  const ConnectionInfo& connection = *question.connection;
  std::string out;
  ObjectWriter object(out);
  object.text("question", word(question.kind));
  object.text("topic", question.topic);
  object.name("captures");
  ObjectWriter captures(out);
  for (const Capture& one : question.captures) captures.text(one.name, one.value);
  captures.end();
  object.text("event", question.event);
  object.text("type", question.type);
  const bool has_payload = question.kind != Question::Kind::connect;
  if (has_payload && !question.payload.is_json())
    object.text("payload_base64", to_base64(question.payload.bytes));
  object.raw("payload", has_payload && question.payload.is_json() ? question.payload.bytes : "");
  object.text("user", connection.user);
  object.raw("claims", connection.claims_json);
  object.text("token", connection.token);
  object.raw("params", connection.params_json);
  object.name("headers");
  ObjectWriter headers(out);
  for (const auto& [name, value] : connection.headers) headers.text(name, value);
  headers.end();
  object.text("peer", connection.peer);
  object.raw("tls", connection.transport == ConnectionInfo::Transport::tls ? "true" : "false");
  object.text("socket_id", connection.socket_id);
  object.text("socket", question.socket.value == 0 ? "" : fmt::to_string(question.socket.value));
  object.end();
  return out;
}

namespace {

class AnswerReader {
 public:
  AnswerReader(std::string_view text, Question::Kind kind) : text_(text), kind_(kind) {}

  Result<Decision> read() {
    if (text_.size() > limits::hook_answer_bytes_max)
      return Error{fmt::format("the answer is over {} bytes", limits::hook_answer_bytes_max)};
    if (!is_utf8(text_) || !json::is_json(text_, limits::json_levels_max))
      return Error{"the answer is no JSON"};
    if (auto error = collect()) return *std::move(error);
    for (const Member& member : members_)
      if (auto error = take(member)) return Error{fmt::format("{}: {}", member.name, *error)};
    if (!allow_) return Error{"allow is missing"};
    return finish();
  }

 private:
  struct Member {
    std::string name;
    json::Value value;
  };
  using Fault = std::optional<std::string>;

  std::optional<Error> collect() {
    json::Scanner scanner(text_, limits::json_levels_max);
    json::Value name, value;
    if (!scanner.enter_object()) return Error{"the answer is no JSON object"};
    while (scanner.next_member(name) && scanner.value(value)) {
      std::string text;
      json::unescape(name.raw, text);
      if (std::ranges::find(members_, text, &Member::name) != members_.end())
        return Error{fmt::format("{} stands twice", json::quoted(text))};
      members_.push_back({std::move(text), value});
      if (members_.size() > row_count) return Error{"more members than any answer has"};
    }
    return std::nullopt;
  }

  // What an answer may say, and to which questions.
  struct Row {
    std::string_view name;
    bool connect, join, publish, denial;
    Fault (AnswerReader::*read)(const json::Value&);
  };
  static constexpr std::size_t row_count = 13;
  static const std::array<Row, row_count>& rows() {
    static constexpr std::array<Row, row_count> all = {{
        {"allow", true, true, true, true, &AnswerReader::read_allow},
        {"reason", true, true, true, true, &AnswerReader::read_reason},
        {"log", true, true, true, true, &AnswerReader::read_log},
        {"user", true, false, false, false, &AnswerReader::read_user},
        {"claims", true, false, false, false, &AnswerReader::read_claims},
        {"socket_id", true, false, false, false, &AnswerReader::read_socket_id},
        {"expires", true, false, false, false, &AnswerReader::read_expires},
        {"response", false, true, false, false, &AnswerReader::read_response},
        {"attributes", false, true, false, false, &AnswerReader::read_attributes},
        {"publish_types", false, true, false, false, &AnswerReader::read_publish_types},
        {"receive_types", false, true, false, false, &AnswerReader::read_receive_types},
        {"limits", false, true, false, false, &AnswerReader::read_limits},
        {"presence_key", false, true, false, false, &AnswerReader::read_presence_key},
    }};
    return all;
  }

  Fault take(const Member& member) {
    const auto row = std::ranges::find(rows(), member.name, &Row::name);
    if (row == rows().end()) return "no member of an answer";
    const bool fits = kind_ == Question::Kind::connect ? row->connect
                      : kind_ == Question::Kind::join  ? row->join
                                                       : row->publish;
    if (!fits) return fmt::format("no member of the answer to a {}", word(kind_));
    // Null is what a carrier writes for nothing.
    if (member.value.kind == json::Kind::null) return std::nullopt;
    if (!row->denial && !first_grant_) first_grant_ = row->name;
    return (this->*row->read)(member.value);
  }

  Result<Decision> finish() {
    if (*allow_) {
      if (reason_) return Error{"reason: an answer that allows has none"};
      decision_.verdict = Decision::Verdict::allow;
      return std::move(decision_);
    }
    if (first_grant_) return Error{fmt::format("{}: a denial has none", *first_grant_)};
    return Decision::deny(reason_.value_or("unauthorized"), std::move(decision_.log_reason));
  }

  static Fault read_text(const json::Value& value, std::size_t bytes_max, std::string& out) {
    if (!value.is_string()) return "expected a string";
    std::string text;
    json::unescape(value.raw, text);
    if (text.empty() || text.size() > bytes_max)
      return fmt::format("expected 1 to {} bytes", bytes_max);
    if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
      return "control characters are not allowed";
    out = std::move(text);
    return std::nullopt;
  }

  static Fault read_object(const json::Value& value, std::string& out) {
    if (value.kind != json::Kind::object) return "expected an object";
    out = value.raw;
    return std::nullopt;
  }

  Fault read_allow(const json::Value& value) {
    if (value.kind != json::Kind::boolean) return "expected true or false";
    allow_ = value.raw == "true";
    return std::nullopt;
  }
  Fault read_reason(const json::Value& value) {
    return read_text(value, limits::hook_text_bytes_max, reason_.emplace());
  }
  Fault read_log(const json::Value& value) {
    return read_text(value, limits::hook_text_bytes_max, decision_.log_reason);
  }
  Fault read_user(const json::Value& value) {
    return read_text(value, limits::user_bytes_max, decision_.user);
  }
  Fault read_socket_id(const json::Value& value) {
    return read_text(value, limits::user_bytes_max, decision_.socket_id);
  }
  Fault read_expires(const json::Value& value) {
    std::int64_t seconds = 0;
    const char* const end = value.raw.data() + value.raw.size();
    const auto [at, error] = std::from_chars(value.raw.data(), end, seconds);
    // What the clock can count: a few hundred years.
    constexpr std::int64_t seconds_max = 9'000'000'000;
    if (value.kind != json::Kind::number || at != end || error != std::errc{} || seconds < 0 ||
        seconds > seconds_max)
      return fmt::format("expected whole seconds from 0 to {}", seconds_max);
    decision_.expires = std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    return std::nullopt;
  }
  Fault read_claims(const json::Value& value) { return read_object(value, decision_.claims); }
  Fault read_response(const json::Value& value) { return read_object(value, decision_.response); }
  Fault read_attributes(const json::Value& value) {
    return read_object(value, decision_.attributes);
  }
  Fault read_presence_key(const json::Value& value) {
    if (value.kind != json::Kind::boolean) return "expected true or false";
    decision_.rights.chooses_presence_key = value.raw == "true";
    return std::nullopt;
  }
  Fault read_publish_types(const json::Value& value) {
    return read_patterns(value, decision_.rights.publish_types);
  }
  Fault read_receive_types(const json::Value& value) {
    return read_patterns(value, decision_.rights.receive_types);
  }

  static Fault read_patterns(const json::Value& value, std::optional<MemberRights::Patterns>& out) {
    if (value.kind != json::Kind::array) return "expected an array of patterns";
    MemberRights::Patterns patterns;
    json::Scanner scanner(value.raw, limits::json_levels_max);
    json::Value element;
    scanner.enter_array();
    while (scanner.next_element() && scanner.value(element)) {
      if (patterns.size() == limits::patterns_max)
        return fmt::format("more than {} patterns", limits::patterns_max);
      if (auto fault = read_text(element, limits::pattern_bytes_max, patterns.emplace_back()))
        return fault;
    }
    out = std::move(patterns);
    return std::nullopt;
  }

  Fault read_limits(const json::Value& value) {
    if (value.kind != json::Kind::object) return "expected an object";
    json::Scanner scanner(value.raw, limits::json_levels_max);
    json::Value name, number;
    scanner.enter_object();
    while (scanner.next_member(name) && scanner.value(number)) {
      std::string text;
      json::unescape(name.raw, text);
      std::uint32_t* const limit = text == "events_per_second" ? &decision_.rights.events_per_second
                                   : text == "bytes_per_second" ? &decision_.rights.bytes_per_second
                                                                : nullptr;
      if (limit == nullptr) return fmt::format("there is no limit {}", json::quoted(text));
      if (*limit != 0) return fmt::format("{} stands twice", text);
      const char* const end = number.raw.data() + number.raw.size();
      const auto [at, error] = std::from_chars(number.raw.data(), end, *limit);
      if (error != std::errc{} || at != end || *limit == 0)
        return fmt::format("{}: expected a whole number from 1 to {}", text, UINT32_MAX);
    }
    return std::nullopt;
  }

  std::string_view text_;
  Question::Kind kind_;
  std::vector<Member> members_;
  Decision decision_;
  std::optional<bool> allow_;
  std::optional<std::string> reason_;
  std::optional<std::string_view> first_grant_;
};

}  // namespace

Result<Decision> decision_from_json(std::string_view text, Question::Kind kind) {
  return AnswerReader(text, kind).read();
}

}  // namespace roost::auth
