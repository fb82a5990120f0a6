#include <gtest/gtest.h>

#include <roost/limits.hpp>
#include <vector>

#include "protocol/serializer_test_support.hpp"

namespace roost::protocol {
namespace {

OwnedMessage text_v1(std::string_view bytes) {
  return decoded_message(Wire::v1, Opcode::text, bytes);
}

TEST(SerializerV1, ReadsAnObject) {
  EXPECT_EQ(text_v1(R"({"topic":"echo:a","event":"hello","payload":{"x": 1},"ref":"2"})"),
            (OwnedMessage{"null", R"("2")", "echo:a", "hello", R"({"x": 1})"}));
}

TEST(SerializerV1, TakesAJoinRef) {
  EXPECT_EQ(text_v1(R"({"join_ref":7,"ref":null,"payload":1,"event":"e","topic":"t"})"),
            (OwnedMessage{"7", "null", "t", "e", "1"}));
}

TEST(SerializerV1, IgnoresUnknownKeys) {
  EXPECT_EQ(
      text_v1(R"({"topic":"t","x":[{"topic":"u"}],"event":"e","payload":{},"ref":1,"Ref":2})"),
      (OwnedMessage{"null", "1", "t", "e", "{}"}));
}

TEST(SerializerV1, ComparesKeysAfterUnescaping) {
  EXPECT_EQ(text_v1(R"({"\u0074opic":"t","event":"e","p\u0061yload":{},"ref":1})").topic, "t");
}

TEST(SerializerV1, TakesTheLastOfTwoMembersWithOneName) {
  EXPECT_EQ(text_v1(R"({"topic":1,"topic":"t","event":"e","payload":{},"ref":1,"ref":2})"),
            (OwnedMessage{"null", "2", "t", "e", "{}"}));
  EXPECT_TRUE(is_refused(Wire::v1, Opcode::text,
                         R"({"topic":"t","event":"e","payload":{},"ref":1,"topic":1})"));
}

TEST(SerializerV1, DecodesEscapes) {
  EXPECT_EQ(text_v1(R"({"topic":"\u00e9\n","event":"\"e","payload":"\n","ref":"\u0031"})"),
            (OwnedMessage{"null", R"("1")", "é\n", "\"e", R"("\n")"}));
}

TEST(SerializerV1, ReadsABinaryMessageAsText) {
  constexpr std::string_view frame = R"({"topic":"é","event":"e","payload":{},"ref":1})";
  EXPECT_EQ(decoded_message(Wire::v1, Opcode::binary, frame).topic, "é");
  EXPECT_TRUE(is_refused(Wire::v1, Opcode::binary,
                         "{\"topic\":\"\xFF\",\"event\":\"e\",\"payload\":{},\"ref\":1}"));
}

TEST(SerializerV1, CountsLevelsFromThePayload) {
  const auto frame_with = [](const std::string& payload) {
    return R"({"topic":"t","event":"e","ref":1,"payload":)" + payload + "}";
  };
  EXPECT_EQ(text_v1(frame_with(nested(limits::json_levels_max))).topic, "t");
  EXPECT_TRUE(is_refused(Wire::v1, Opcode::text, frame_with(nested(limits::json_levels_max + 1))));
}

TEST(SerializerV1, RefusesTextThatIsNoFrame) {
  const std::vector<std::string> refused = {
      "",
      "[]",
      R"(["1","1","t","e",{}])",
      "{}",
      R"({"event":"e","payload":{},"ref":1})",
      R"({"topic":"t","payload":{},"ref":1})",
      R"({"topic":"t","event":"e","ref":1})",
      R"({"topic":"t","event":"e","payload":{}})",
      R"({"topic":1,"event":"e","payload":{},"ref":1})",
      R"({"topic":"t","event":{},"payload":{},"ref":1})",
      R"({"topic":"t","event":"e","payload":{},"ref":1)",
      R"({"topic":"t","event":"e","payload":{},"ref":1}})",
      R"({"topic":"t","event":"e","payload":{},"ref":1,})",
      R"({"topic":"t","event":"e","payload":{},"ref":1,"x":nul})",
      R"({"topic":"t","event":"e","payload":"\ud800","ref":1})",
      R"({"topic":"t","event":"e","payload":{},"ref":")" + std::string(limits::ref_bytes_max, 'r') +
          R"("})",
  };
  for (const std::string& bytes : refused) {
    EXPECT_TRUE(is_refused(Wire::v1, Opcode::text, bytes)) << bytes;
  }
}

TEST(SerializerV1, WritesRepliesMessagesAndBroadcastsWithoutJoinRef) {
  EXPECT_EQ(
      body(encode(Wire::v1, Reply{R"("1")", "2", "echo:a", Status::ok, Payload::json("[1]")})),
      R"({"topic":"echo:a","event":"phx_reply","payload":{"status":"ok","response":[1]},"ref":2})");
  EXPECT_EQ(
      body(encode(Wire::v1, Message{R"("1")", null_ref, "echo:a", "pushed", Payload::json("{}")})),
      R"({"topic":"echo:a","event":"pushed","payload":{},"ref":null})");
  EXPECT_EQ(body(encode_broadcast(Wire::v1, "t\"", "e\n", Payload::json("1.50"))),
            R"({"topic":"t\"","event":"e\n","payload":1.50,"ref":null})");
}

TEST(SerializerV1, CannotCarryBinary) {
  const Payload data = Payload::binary("d");
  EXPECT_FALSE(encode(Wire::v1, Reply{null_ref, null_ref, "t", Status::ok, data}));
  EXPECT_FALSE(encode(Wire::v1, Message{null_ref, null_ref, "t", "e", data}));
  EXPECT_FALSE(encode_broadcast(Wire::v1, "t", "e", data));
}

}  // namespace
}  // namespace roost::protocol
