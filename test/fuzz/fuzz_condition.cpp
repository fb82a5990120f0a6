// `pattern NUL topic NUL condition NUL claims`: whatever they are, a pattern that
// parses captures parts of the topic and nothing else, and a condition that
// parses gives the same answer twice.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "auth/condition.hpp"
#include "base/utf8.hpp"

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

void check(const roost::auth::TopicPattern& pattern, std::string_view topic,
           std::string_view condition, std::string_view claims) {
  roost::auth::Captures captures;
  if (!pattern.match(topic, captures)) return;
  for (const roost::Capture& one : captures.all()) {
    demand(!one.value.empty() && one.value.find(':') == one.value.npos);
    demand(one.value.data() >= topic.data() &&
           one.value.data() + one.value.size() <= topic.data() + topic.size());
  }
  const auto parsed = roost::auth::Condition::parse(condition, pattern);
  if (parsed.has_error()) return demand(!parsed.error().message.empty());
  auto connection = std::make_shared<roost::ConnectionInfo>();
  connection->user = topic;
  // Claims come from a verified token, or from a hook's answer: UTF-8, but from
  // C++ not necessarily JSON.
  if (roost::is_utf8(claims)) connection->claims_json = claims;
  roost::Question question;
  question.topic = topic;
  question.connection = connection;
  const bool holds = parsed->holds(question, captures);
  demand(parsed->holds(question, captures) == holds);
  demand(!holds || parsed->seen(question) != "nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string_view, 4> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto pattern = roost::auth::TopicPattern::parse(parts[0]);
  if (pattern.has_error()) {
    demand(!pattern.error().message.empty());
    return 0;
  }
  check(*pattern, parts[1], parts[2], parts[3]);
  return 0;
}
