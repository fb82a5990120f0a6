// The Scanner against RapidJSON, its two ways of reading against each other,
// and the way of a string to its token and back.
#include <cstdlib>
#include <string>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "support/json_reference.hpp"

namespace {

using namespace roost;

constexpr unsigned levels_max = 12;

void demand(bool holds) {
  if (!holds) std::abort();
}

std::string unescaped(std::string_view raw) {
  std::string out;
  json::unescape(raw, out);
  return out;
}

void check_string(const json::Value& token) {
  const std::string text = unescaped(token.raw);
  demand(is_utf8(text));
  demand(token.escaped || text == token.inner());
  demand(unescaped(json::quoted(text)) == text);
}

/// Reads `value` step by step; all of it was accepted at once before.
void walk(const json::Value& value, unsigned levels) {
  json::Scanner scanner(value.raw, levels);
  json::Value name;
  json::Value inner;
  if (value.kind == json::Kind::object) {
    demand(scanner.enter_object());
    while (scanner.next_member(name)) {
      check_string(name);
      demand(scanner.value(inner));
      walk(inner, levels - 1);
    }
  } else if (value.kind == json::Kind::array) {
    demand(scanner.enter_array());
    while (scanner.next_element()) {
      demand(scanner.value(inner));
      walk(inner, levels - 1);
    }
  } else {
    if (value.is_string()) check_string(value);
    demand(scanner.value(inner) && inner.raw == value.raw);
  }
  demand(scanner.finish());
}

/// Reads an array or object from outside in.
bool entered(std::string_view text) {
  json::Scanner scanner(text, levels_max);
  json::Value value;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text[start] == '{') {
    if (!scanner.enter_object()) return false;
    while (scanner.next_member(value) && scanner.value(value)) continue;
  } else {
    if (!scanner.enter_array()) return false;
    while (scanner.next_element() && scanner.value(value)) continue;
  }
  demand(!scanner.failed() || !scanner.value(value));
  return scanner.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool utf8 = is_utf8(text);
  const bool accepted = utf8 && json::is_json(text, levels_max);
  demand(accepted == test::reference_is_json(text, levels_max));
  if (!utf8) return 0;
  demand(unescaped(json::quoted(text)) == text);
  demand(json::is_json(json::quoted(text), 0));

  const std::size_t start = text.find_first_of("[{");
  if (start != std::string::npos && start == text.find_first_not_of(" \t\r\n")) {
    demand(entered(text) == accepted);
  }
  if (accepted) {
    json::Scanner scanner(text, levels_max);
    json::Value value;
    demand(scanner.value(value) && scanner.finish());
    walk(value, levels_max);
  }
  return 0;
}
