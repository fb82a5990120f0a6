#include <gtest/gtest.h>

#include <roost/limits.hpp>
#include <vector>

#include "protocol/serializer_test_support.hpp"

namespace roost::protocol {
namespace {

OwnedMessage text_v2(std::string_view bytes) {
  return decoded_message(Wire::v2, Opcode::text, bytes);
}

OwnedMessage json(std::string join_ref, std::string ref, std::string topic, std::string event,
                  std::string payload) {
  return {std::move(join_ref), std::move(ref),     std::move(topic),
          std::move(event),    std::move(payload), Payload::Kind::json};
}

TEST(SerializerV2, ReadsTheFiveElements) {
  EXPECT_EQ(text_v2(R"(["1","2","echo:a","hello",{"x":1}])"),
            json(R"("1")", R"("2")", "echo:a", "hello", R"({"x":1})"));
}

TEST(SerializerV2, IgnoresWhiteSpaceAndFurtherElements) {
  EXPECT_EQ(text_v2(" [ null ,\t1 , \"t\" ,\"e\", [ 1, 2 ] , 6, {\"seven\":[]}]\r\n"),
            json("null", "1", "t", "e", "[ 1, 2 ]"));
}

TEST(SerializerV2, KeepsRefsOfAnyTypeAsTheyCame) {
  for (const std::string ref :
       {"null", "true", "false", "7", "-1.50e3", "\"\"", "\"é\"", R"([1, "\n"])", R"({"a": 1})"}) {
    std::string frame = "[" + ref + ",";
    frame += ref + R"(,"t","e",{}])";
    const OwnedMessage message = text_v2(frame);
    EXPECT_EQ(message.ref, ref);
    EXPECT_EQ(message.join_ref, ref);
  }
}

TEST(SerializerV2, SpellsEscapedRefsAlikeSoThatEqualRefsAreEqual) {
  EXPECT_EQ(text_v2(R"(["\u0061\/","a/","t","e",{}])"), json(R"("a/")", R"("a/")", "t", "e", "{}"));
  EXPECT_EQ(text_v2(R"(["\u0022\u000a","\"\n","t","e",{}])"),
            json(R"("\"\n")", R"("\"\n")", "t", "e", "{}"));
}

TEST(SerializerV2, DecodesEscapesInTopicAndEvent) {
  EXPECT_EQ(text_v2(R"([null,null,"\u00e9\t\ud83d\ude00","\"e\\",{}])"),
            json("null", "null", "é\t😀", "\"e\\", "{}"));
}

TEST(SerializerV2, TakesAnyPayloadAndKeepsItsBytes) {
  for (const std::string payload :
       {"null", "1e2", R"("\u0041")", "[]", R"({ "b":1, "a" : 2.0, "b":3 })"}) {
    EXPECT_EQ(text_v2(R"(["1","1","t","e",)" + payload + "]").payload, payload);
  }
}

TEST(SerializerV2, CountsLevelsFromThePayload) {
  const std::string deepest = nested(limits::json_levels_max);
  EXPECT_EQ(text_v2(R"(["1","1","t","e",)" + deepest + "]").payload, deepest);
  EXPECT_TRUE(is_refused(Wire::v2, Opcode::text,
                         R"(["1","1","t","e",)" + nested(limits::json_levels_max + 1) + "]"));
}

TEST(SerializerV2, RefusesTextThatIsNoFrame) {
  const std::vector<std::string> refused = {
      "",
      "null",
      "{}",
      "[]",
      R"("text")",
      R"(["1","2","t","e"])",                            // too few elements
      R"(["1","2","t","e",])",                           //
      R"(["1","2","t","e",{})",                          // no end
      R"(["1","2","t","e",{}]])",                        // more than one value
      R"(["1","2","t","e",{}] x)",                       //
      R"(["1","2","t","e",{},oops])",                    // ignored, but no JSON
      R"(["1","2",7,"e",{}])",                           // a topic that is no string
      R"(["1","2","t",null,{}])",                        // an event that is none
      R"(["1","2","t","e",1e999])",                      // beyond a double
      R"(["1","2","t","e","\udc00"])",                   // a lone surrogate
      "\xEF\xBB\xBF[\"1\",\"2\",\"t\",\"e\",{}]",        // a byte order mark
      R"(["1","2","t","e",{}])" + std::string(1, '\0'),  // a NUL byte
  };
  for (const std::string& bytes : refused) {
    EXPECT_TRUE(is_refused(Wire::v2, Opcode::text, bytes)) << bytes;
  }
}

TEST(SerializerV2, RefusesARefThatIsTooLong) {
  const std::string longest = '"' + std::string(limits::ref_bytes_max - 2, 'r') + '"';
  EXPECT_EQ(text_v2("[null," + longest + R"(,"t","e",{}])").ref, longest);
  const std::string longer = '"' + std::string(limits::ref_bytes_max - 1, 'r') + '"';
  EXPECT_TRUE(is_refused(Wire::v2, Opcode::text, "[null," + longer + R"(,"t","e",{}])"));
  EXPECT_TRUE(is_refused(Wire::v2, Opcode::text, "[" + longer + R"(,null,"t","e",{}])"));
}

TEST(SerializerV2, ReadsABinaryPush) {
  const std::string bytes =
      from_hex("000101060331326563686f3a3162696e") + std::string("\x00\xFF", 2);
  EXPECT_EQ(decoded_message(Wire::v2, Opcode::binary, bytes),
            (OwnedMessage{R"("1")", R"("2")", "echo:1", "bin", std::string("\x00\xFF", 2),
                          Payload::Kind::binary}));
}

TEST(SerializerV2, ReadsABinaryPushOfEmptyFields) {
  EXPECT_EQ(decoded_message(Wire::v2, Opcode::binary, std::string(5, '\0')),
            (OwnedMessage{R"("")", R"("")", "", "", "", Payload::Kind::binary}));
}

TEST(SerializerV2, ReadsALengthAsAnUnsignedByte) {
  const std::string topic(255, 't');
  const std::string bytes = std::string("\x00\x00\x00\xFF\x01", 5) + topic + "e";
  EXPECT_EQ(decoded_message(Wire::v2, Opcode::binary, bytes).topic, topic);
}

TEST(SerializerV2, QuotesBinaryRefsAsTextWouldHaveThem) {
  const std::string bytes = std::string("\x00\x01\x02\x01\x01", 5) + "\"" + "\\\n" + "t" + "e";
  const OwnedMessage binary = decoded_message(Wire::v2, Opcode::binary, bytes);
  EXPECT_EQ(binary.join_ref, text_v2(R"(["\"","\\\n","t","e",{}])").join_ref);
  EXPECT_EQ(binary.ref, text_v2(R"(["\"","\\\n","t","e",{}])").ref);
}

TEST(SerializerV2, RefusesEveryTruncationOfABinaryHead) {
  const std::string whole = from_hex("000101060331326563686f3a3162696e");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(is_refused(Wire::v2, Opcode::binary, whole.substr(0, size))) << size;
  }
}

TEST(SerializerV2, RefusesBinaryThatIsNoPushOrNoUtf8) {
  EXPECT_TRUE(is_refused(Wire::v2, Opcode::binary, from_hex("010101060231326563686f3a316f6b")));
  EXPECT_TRUE(is_refused(Wire::v2, Opcode::binary, from_hex("0206056563686f3a3173686f7574")));
  for (const char* fields : {"ff323465", "31ff7465", "3132ff65", "313274ff"}) {
    EXPECT_TRUE(is_refused(Wire::v2, Opcode::binary, from_hex("0001010101" + std::string(fields))))
        << fields;
  }
}

TEST(SerializerV2, SplicesTheResponseIntoAReply) {
  const Reply reply{"1", "null", "echo:a", Status::error, Payload::json(R"({ "x":1.0 })")};
  EXPECT_EQ(body(encode(Wire::v2, reply)),
            R"([1,null,"echo:a","phx_reply",{"status":"error","response":{ "x":1.0 }}])");
  EXPECT_EQ(encode(Wire::v2, reply)->opcode(), Opcode::text);
}

TEST(SerializerV2, WritesMessagesAndBroadcasts) {
  const Message push{R"("1")", null_ref, "echo:a", "pushed", Payload::json(R"({"a":1})")};
  EXPECT_EQ(body(encode(Wire::v2, push)), R"(["1",null,"echo:a","pushed",{"a":1}])");
  EXPECT_EQ(body(encode_broadcast(Wire::v2, "echo:a", "shout", Payload::json("{}"))),
            R"([null,null,"echo:a","shout",{}])");
}

TEST(SerializerV2, EscapesTopicAndEvent) {
  const Message push{null_ref, null_ref, "a\"b", "\\\n\x01é", Payload::empty()};
  const std::string frame = body(encode(Wire::v2, push));
  EXPECT_EQ(frame, R"([null,null,"a\"b","\\\n\u0001é",{}])");
  EXPECT_EQ(text_v2(frame), json("null", "null", "a\"b", "\\\n\x01é", "{}"));
  EXPECT_EQ(body(encode(Wire::v2, Reply{null_ref, null_ref, "a\"b", Status::ok, {}})),
            R"([null,null,"a\"b","phx_reply",{"status":"ok","response":{}}])");
}

TEST(SerializerV2, WritesTheBinaryFramesThatPhoenixWrites) {
  const Payload data = Payload::binary("\xFE");
  const FrameRef reply = encode(Wire::v2, Reply{R"("1")", R"("2")", "echo:1", Status::ok, data});
  EXPECT_EQ(to_hex(body(reply)), "010101060231326563686f3a316f6bfe");
  EXPECT_EQ(reply->opcode(), Opcode::binary);
  EXPECT_EQ(to_hex(body(encode(Wire::v2, Message{R"("1")", null_ref, "echo:1", "pushed", data}))),
            "00010606316563686f3a31707573686564fe");
  EXPECT_EQ(to_hex(body(encode_broadcast(Wire::v2, "echo:1", "shout", data))),
            "0206056563686f3a3173686f7574fe");
}

TEST(SerializerV2, WritesRefsIntoBinaryRepliesAsElixirsToStringDoes) {
  const auto ref_in_reply = [](std::string_view token) {
    const FrameRef frame =
        encode(Wire::v2, Reply{null_ref, token, "t", Status::ok, Payload::binary("")});
    if (!frame) return std::string("no frame");
    const std::string_view bytes = frame->body();
    return std::string(bytes.substr(5, static_cast<unsigned char>(bytes[2])));
  };
  EXPECT_EQ(ref_in_reply("null"), "");
  EXPECT_EQ(ref_in_reply(R"("")"), "");
  EXPECT_EQ(ref_in_reply(R"("a\n\"")"), "a\n\"");
  EXPECT_EQ(ref_in_reply("-7"), "-7");
  EXPECT_EQ(ref_in_reply("1.5"), "1.5");
  EXPECT_EQ(ref_in_reply("true"), "true");
  EXPECT_EQ(ref_in_reply("false"), "false");
  EXPECT_EQ(ref_in_reply("[1]"), "no frame");
  EXPECT_EQ(ref_in_reply("{}"), "no frame");
}

TEST(SerializerV2, HasNoBinaryFrameForAFieldOfMoreThan255Bytes) {
  const std::string fits(255, 'x');
  const std::string longer(256, 'x');
  const Payload data = Payload::binary("d");
  const std::string fits_ref = '"' + fits + '"';
  const std::string longer_ref = '"' + longer + '"';
  EXPECT_TRUE(encode(Wire::v2, Reply{fits_ref, fits_ref, fits, Status::ok, data}));
  EXPECT_FALSE(encode(Wire::v2, Reply{longer_ref, null_ref, "t", Status::ok, data}));
  EXPECT_FALSE(encode(Wire::v2, Reply{null_ref, longer_ref, "t", Status::ok, data}));
  EXPECT_FALSE(encode(Wire::v2, Reply{null_ref, null_ref, longer, Status::ok, data}));
  EXPECT_TRUE(encode(Wire::v2, Message{fits_ref, null_ref, fits, fits, data}));
  EXPECT_FALSE(encode(Wire::v2, Message{longer_ref, null_ref, "t", "e", data}));
  EXPECT_FALSE(encode(Wire::v2, Message{null_ref, null_ref, longer, "e", data}));
  EXPECT_FALSE(encode(Wire::v2, Message{null_ref, null_ref, "t", longer, data}));
  EXPECT_TRUE(encode_broadcast(Wire::v2, fits, fits, data));
  EXPECT_FALSE(encode_broadcast(Wire::v2, longer, "e", data));
  EXPECT_FALSE(encode_broadcast(Wire::v2, "t", longer, data));
}

}  // namespace
}  // namespace roost::protocol
