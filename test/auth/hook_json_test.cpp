#include "auth/hook_json.hpp"

#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/json_scan.hpp"

namespace roost::auth {
namespace {

using Kind = Question::Kind;

std::shared_ptr<ConnectionInfo> ann() {
  auto connection = std::make_shared<ConnectionInfo>();
  connection->user = "ann";
  connection->claims_json = R"({"sub": "ann", "rooms": ["7"]})";
  connection->socket_id = "users:ann";
  connection->token = "eyJhbGciOi...";
  connection->params_json = R"({"app": "desk"})";
  connection->headers = {{"origin", "https://app.example"}};
  connection->peer = "192.0.2.1:50123";
  connection->transport = ConnectionInfo::Transport::tls;
  return connection;
}

constexpr std::array<Capture, 1> room_7 = {{{"room", "7"}}};

Question example(Kind kind) {
  Question question;
  question.kind = kind;
  auto connection = ann();
  if (kind == Kind::connect) {
    connection->user = connection->claims_json = connection->socket_id = {};
  } else {
    question.socket = {(std::uint64_t{1} << 48) + 1};
    question.topic = "events:7";
    question.captures = room_7;
    question.payload = Payload::json(R"({"nick": "Ann"})");
  }
  if (kind == Kind::publish) {
    question.event = "cloudevent";
    question.type = "com.example.chat.said";
    question.payload = Payload::json(
        R"({"specversion": "1.0", "id": "1", "source": "/desk", "type": "com.example.chat.said"})");
  }
  question.connection = connection;
  return question;
}

std::string without_spaces(std::string_view text) {
  std::string out;
  bool in_string = false;
  for (const char c : text) {
    if (c == '"') in_string = !in_string;  // the examples have no escapes
    if (in_string || (c != ' ' && c != '\n')) out += c;
  }
  return out;
}

/// The JSON examples below a heading of config/hooks.md.
std::vector<std::string> examples(const std::string& heading) {
  std::ifstream file(ROOST_SOURCE_DIR "/config/hooks.md");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find("\n### " + heading + "\n");
  EXPECT_NE(begin, text.npos) << heading;
  text = text.substr(begin + 5);
  text = text.substr(0, text.find("\n#"));
  std::vector<std::string> found;
  constexpr std::string_view fence = "```json\n";
  for (std::size_t at = text.find(fence); at != text.npos; at = text.find(fence, at)) {
    at += fence.size();
    const std::size_t end = text.find("```", at);
    found.push_back(text.substr(at, end - at));
    at = end + 3;
  }
  EXPECT_FALSE(found.empty()) << heading;
  return found;
}

TEST(QuestionJson, IsWhatThePageShows) {
  EXPECT_EQ(without_spaces(question_to_json(example(Kind::connect))),
            without_spaces(examples("connect").at(0)));
  EXPECT_EQ(without_spaces(question_to_json(example(Kind::join))),
            without_spaces(examples("join").at(0)));
  EXPECT_EQ(without_spaces(question_to_json(example(Kind::publish))),
            without_spaces(examples("publish").at(0)));
}

TEST(QuestionJson, HasABinaryPayloadInBase64) {
  const auto of = [](std::string_view bytes) {
    Question question = example(Kind::join);
    question.payload = Payload::binary(bytes);
    const std::string text = question_to_json(question);
    EXPECT_NE(text.find(R"("payload":null)"), text.npos);
    const std::size_t begin = text.find(R"("payload_base64":)") + 17;
    return text.substr(begin, text.find(',', begin) - begin);
  };
  // RFC 4648 section 10.
  EXPECT_EQ(of("f"), R"("Zg==")");
  EXPECT_EQ(of("fo"), R"("Zm8=")");
  EXPECT_EQ(of("foobar"), R"("Zm9vYmFy")");
  EXPECT_EQ(of("\xFF\xFE\xFD"), R"("//79")");
}

TEST(QuestionJson, IsJsonWhateverAClientSends) {
  Question question = example(Kind::connect);
  auto connection = ann();
  connection->token = "\xFF\xFE";
  connection->headers = {{"origin", "a\"b\\\n"}, {"user-agent", "\xC3("}};
  question.connection = connection;
  const std::string text = question_to_json(question);
  EXPECT_TRUE(json::is_json(text, limits::json_levels_max)) << text;
  EXPECT_NE(text.find(R"("token":null)"), text.npos);
}

std::string fault(std::string_view text, Kind kind = Kind::join) {
  const auto decision = decision_from_json(text, kind);
  return decision.has_value() ? "none" : decision.error().message;
}

TEST(DecisionJson, TakesWhatThePageShows) {
  const auto all_taken = [](const std::string& heading, Kind kind) {
    for (const std::string& text : examples(heading)) EXPECT_EQ(fault(text, kind), "none") << text;
  };
  for (const Kind kind : {Kind::connect, Kind::join, Kind::publish}) all_taken("denial", kind);
  all_taken("answer to connect", Kind::connect);
  all_taken("answer to join", Kind::join);
  all_taken("answer to publish", Kind::publish);
}

TEST(DecisionJson, ReadsADenial) {
  const auto decision =
      decision_from_json(R"({"allow":false,"reason":"a \"b\"","log":"c"})", Kind::publish);
  ASSERT_TRUE(decision.has_value());
  EXPECT_FALSE(decision->allows());
  EXPECT_EQ(decision->response, R"({"reason":"a \"b\""})");
  EXPECT_EQ(decision->log_reason, "c");
  EXPECT_EQ(decision_from_json(R"({"allow":false})", Kind::join)->response,
            R"({"reason":"unauthorized"})");
}

TEST(DecisionJson, ReadsWhoConnects) {
  const auto decision = decision_from_json(
      R"({"allow":true,"user":"a\u00e4","claims":{"x":[1]},"socket_id":"s","expires":1800000000})",
      Kind::connect);
  ASSERT_TRUE(decision.has_value());
  EXPECT_TRUE(decision->allows());
  EXPECT_EQ(decision->user, "a\xC3\xA4");
  EXPECT_EQ(decision->claims, R"({"x":[1]})");
  EXPECT_EQ(decision->socket_id, "s");
  EXPECT_EQ(decision->expires,
            std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000)));
}

TEST(DecisionJson, ReadsWhoChoosesItsPresenceKey) {
  const auto chooses = [](std::string_view text) {
    return decision_from_json(text, Kind::join)->rights.chooses_presence_key;
  };
  EXPECT_TRUE(chooses(R"({"allow":true,"presence_key":true})"));
  EXPECT_FALSE(chooses(R"({"allow":true,"presence_key":false})"));
  EXPECT_FALSE(decision_from_json(R"({"allow":true,"presence_key":"ann"})", Kind::join));
}

TEST(DecisionJson, ReadsWhatAMemberMayDo) {
  const auto decision = decision_from_json(
      R"({"allow":true,"response":{"a":1},"attributes":{"b":2},"publish_types":["x.*","y"],)"
      R"("receive_types":[],"limits":{"events_per_second":4294967295,"bytes_per_second":1}})",
      Kind::join);
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision->response, R"({"a":1})");
  EXPECT_EQ(decision->attributes, R"({"b":2})");
  EXPECT_EQ(decision->rights.publish_types, (MemberRights::Patterns{"x.*", "y"}));
  EXPECT_EQ(decision->rights.receive_types, MemberRights::Patterns{});
  EXPECT_EQ(decision->rights.events_per_second, 4294967295U);
  EXPECT_EQ(decision->rights.bytes_per_second, 1U);
}

TEST(DecisionJson, TakesNullForNothing) {
  EXPECT_EQ(fault(R"({"allow":true,"reason":null,"attributes":null,"publish_types":null})"),
            "none");
  EXPECT_EQ(fault(R"({"allow":false,"attributes":null})"), "none");
}

TEST(DecisionJson, RefusesWhatIsNoAnswer) {
  EXPECT_EQ(fault(""), "the answer is no JSON");
  EXPECT_EQ(fault("{"), "the answer is no JSON");
  EXPECT_EQ(fault(R"({"allow":true} x)"), "the answer is no JSON");
  EXPECT_EQ(fault("{\"allow\":true,\"log\":\"\xFF\"}"), "the answer is no JSON");
  EXPECT_EQ(fault("true"), "the answer is no JSON object");
  EXPECT_EQ(fault("{}"), "allow is missing");
  EXPECT_EQ(fault(R"({"allow":null})"), "allow is missing");
  EXPECT_EQ(fault(R"({"allow":"yes"})"), "allow: expected true or false");
  EXPECT_EQ(fault(R"({"allow":true,"allow":true})"), "\"allow\" stands twice");
  EXPECT_EQ(fault(R"({"allow":true,"\u0061llow":true})"), "\"allow\" stands twice");
  EXPECT_EQ(fault(R"({"allow":true,"alow":true})"), "alow: no member of an answer");
}

TEST(DecisionJson, RefusesWhatAnswersAnotherQuestion) {
  EXPECT_EQ(fault(R"({"allow":true,"user":"a"})"), "user: no member of the answer to a join");
  EXPECT_EQ(fault(R"({"allow":true,"response":{}})", Kind::connect),
            "response: no member of the answer to a connect");
  EXPECT_EQ(fault(R"({"allow":true,"limits":{}})", Kind::publish),
            "limits: no member of the answer to a publish");
}

TEST(DecisionJson, RefusesWhatContradictsTheVerdict) {
  EXPECT_EQ(fault(R"({"allow":true,"reason":"a"})"), "reason: an answer that allows has none");
  EXPECT_EQ(fault(R"({"allow":false,"attributes":{}})"), "attributes: a denial has none");
}

TEST(DecisionJson, RefusesValuesOfAnotherType) {
  EXPECT_EQ(fault(R"({"allow":false,"reason":7})"), "reason: expected a string");
  EXPECT_EQ(fault(R"({"allow":false,"reason":""})"), "reason: expected 1 to 1024 bytes");
  EXPECT_EQ(fault(R"({"allow":true,"user":"a\u0000"})", Kind::connect),
            "user: control characters are not allowed");
  EXPECT_EQ(fault(R"({"allow":true,"response":[]})"), "response: expected an object");
  EXPECT_EQ(fault(R"({"allow":true,"publish_types":"a"})"),
            "publish_types: expected an array of patterns");
  EXPECT_EQ(fault(R"({"allow":true,"publish_types":[1]})"), "publish_types: expected a string");
  EXPECT_EQ(fault(R"({"allow":true,"limits":[]})"), "limits: expected an object");
  EXPECT_EQ(fault(R"({"allow":true,"limits":{"events":1}})"),
            "limits: there is no limit \"events\"");
  for (const char* number : {"0", "-1", "1.5", "4294967296", "\"1\"", "null"})
    EXPECT_EQ(fault(std::string(R"({"allow":true,"limits":{"events_per_second":)") + number + "}}"),
              "limits: events_per_second: expected a whole number from 1 to 4294967295");
}

TEST(DecisionJson, KeepsToItsBounds) {
  const auto user = [](std::size_t size) {
    return R"({"allow":true,"user":")" + std::string(size, 'u') + "\"}";
  };
  EXPECT_EQ(fault(user(limits::user_bytes_max), Kind::connect), "none");
  EXPECT_EQ(fault(user(limits::user_bytes_max + 1), Kind::connect),
            "user: expected 1 to 255 bytes");

  const auto patterns = [](std::size_t count) {
    std::string list = R"("a")";
    for (std::size_t i = 1; i < count; ++i) list += R"(,"a")";
    return R"({"allow":true,"publish_types":[)" + list + "]}";
  };
  EXPECT_EQ(fault(patterns(limits::patterns_max)), "none");
  EXPECT_EQ(fault(patterns(limits::patterns_max + 1)), "publish_types: more than 100 patterns");

  std::string answer = R"({"allow":true})";
  answer.resize(limits::hook_answer_bytes_max, ' ');
  EXPECT_EQ(fault(answer), "none");
  EXPECT_EQ(fault(answer + ' '), "the answer is over 65536 bytes");

  std::string many = R"({"allow":true)";
  for (int i = 0; i < 20; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(fault(many + "}"), "more members than any answer has");
}

}  // namespace
}  // namespace roost::auth
