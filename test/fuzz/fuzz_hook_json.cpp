// Any bytes as a hook's answer: a decision whose parts are JSON and within their
// bounds, or an error; and any bytes as what a client sent, in a question.
#include <roost/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "auth/hook_json.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace {

using Kind = roost::Question::Kind;

void demand(bool holds) {
  if (!holds) std::abort();
}

bool is_json(std::string_view text) {
  return roost::is_utf8(text) && roost::json::is_json(text, roost::limits::json_levels_max);
}

void check_answer(std::string_view bytes, Kind kind) {
  const auto decision = roost::auth::decision_from_json(bytes, kind);
  if (decision.has_error()) return demand(!decision.error().message.empty());
  for (const std::string* part : {&decision->response, &decision->attributes, &decision->claims})
    demand(part->empty() || is_json(*part));
  demand(decision->allows() || is_json(decision->response));
  demand(roost::is_utf8(decision->user) && decision->user.size() <= roost::limits::user_bytes_max);
}

void check_question(std::string_view bytes) {
  auto connection = std::make_shared<roost::ConnectionInfo>();
  connection->token = bytes;
  connection->headers = {{"origin", std::string(bytes)}};
  roost::Question question;
  question.topic = bytes;
  question.payload = roost::Payload::binary(bytes);
  question.connection = connection;
  demand(is_json(roost::auth::question_to_json(question)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Kind kind : {Kind::connect, Kind::join, Kind::publish}) check_answer(bytes, kind);
  check_question(bytes);
  return 0;
}
