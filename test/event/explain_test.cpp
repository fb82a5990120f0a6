#include "event/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/cloud_event.hpp>
#include <roost/limits.hpp>

#include <string>
#include <string_view>
#include <variant>

#include "base/json_scan.hpp"

namespace roost {
namespace {

using testing::HasSubstr;

std::string explained_event(std::string_view members) {
  return R"({"specversion":"1.0","id":"1","source":"/s","type":"t",)" + std::string(members) + "}";
}

RejectedEvent rejected(std::string_view bytes) {
  const Verdict verdict = validate_cloud_event(bytes);
  const auto* event = std::get_if<RejectedEvent>(&verdict);
  EXPECT_NE(event, nullptr) << bytes.substr(0, 200);
  if (event == nullptr) return {};
  EXPECT_FALSE(event->errors.empty());
  EXPECT_LE(event->errors.size(), explained_errors_max);
  EXPECT_TRUE(json::is_json(event->to_json(), 3)) << event->to_json().substr(0, 500);
  return *event;
}

TEST(Verdict, OfAGoodEventSaysWhatItIsCalled) {
  const Verdict verdict =
      validate_cloud_event(R"({"specversion":"1.0","id":"\u0031","source":"\/s","type":"t"})");
  const auto& event = std::get<AcceptedEvent>(verdict);
  EXPECT_EQ(event.id, "1");
  EXPECT_EQ(event.source, "/s");
  EXPECT_EQ(event.type, "t");
}

TEST(Verdict, OnWhatIsNoJsonIsInvalidCloudeventFormat) {
  const std::string good = explained_event(R"("data":1)");
  for (const std::string& bytes : {
           std::string(),
           std::string(" "),
           std::string("nonsense"),
           good + "x",
           good + '\0',
           "\xEF\xBB\xBF" + good,
           good.substr(0, good.size() - 1),
           explained_event("\"data\":\"\xFF\""),
           explained_event("\"data\":\"\xED\xB0\x80\""),
           explained_event(R"("data":"\udc00")"),
           explained_event(R"("data":"\ud800\u0041")"),
           explained_event(R"("data":1e400)"),
           explained_event(R"("data":01)"),
           explained_event(std::string("\"data\":\"\0\"", 10)),
       }) {
    const RejectedEvent event = rejected(bytes);
    EXPECT_EQ(event.reason, "invalid_cloudevent_format") << bytes;
    EXPECT_EQ(event.errors.front().path, "") << bytes;
    EXPECT_EQ(event.id, std::nullopt) << bytes;
  }
}

TEST(Verdict, AllowsAnEventOneHundredTwentyEightLevelsOfWhichItIsTheFirst) {
  auto nested = [](std::size_t levels) {
    return explained_event("\"data\":" + std::string(levels - 1, '[') +
                           std::string(levels - 1, ']'));
  };
  EXPECT_TRUE(
      std::holds_alternative<AcceptedEvent>(validate_cloud_event(nested(limits::json_levels_max))));
  EXPECT_EQ(rejected(nested(limits::json_levels_max + 1)).reason, "invalid_cloudevent_format");
  EXPECT_EQ(rejected(nested(200'000)).reason, "invalid_cloudevent_format");
}

TEST(Verdict, OnATimeOfFiftyThousandDigitsIsReachedEvenWhereTheSchemaExplains) {
  const std::string digits(50'000, '1');
  EXPECT_EQ(rejected(explained_event("\"time\":\"" + digits + "\"")).reason, "invalid_time");
  EXPECT_EQ(rejected(explained_event("\"data_base64\":\"" + digits + "!\"")).reason,
            "invalid_data");
  EXPECT_EQ(rejected(explained_event("\"" + digits + "_\":1")).reason, "invalid_attribute_name");
}

TEST(Explanation, ListsTheMissingFieldsInTheirOrder) {
  EXPECT_EQ(rejected("{}").message, "Missing required fields: specversion, id, source, type");
  const RejectedEvent event = rejected(R"({"type":null,"source":"s","specversion":"1.0"})");
  EXPECT_EQ(event.reason, "missing_required_fields");
  EXPECT_EQ(event.message, "Missing required fields: id, type");
  EXPECT_EQ(event.errors.front().path, "");
  EXPECT_EQ(event.errors.front().message, "Missing required fields: id, type");
  const RejectedEvent one = rejected(R"({"id":"1","source":"s","specversion":"1.0"})");
  EXPECT_EQ(one.message, "Missing required fields: type");
  EXPECT_EQ(one.errors.front().path, "/type");
  EXPECT_EQ(one.errors.size(), 1U);
}

TEST(Explanation, BeginsWithTheFaultThatDecidedTheReason) {
  struct {
    std::string_view members;
    std::string_view reason;
    std::string_view path;
  } const cases[] = {
      {R"("a":1,"a":1)", "invalid_cloudevent_format", "/a"},
      {R"("time":"")", "invalid_time", "/time"},
      {R"("dataschema":"/a")", "invalid_dataschema", "/dataschema"},
      {R"("datacontenttype":1)", "invalid_datacontenttype", "/datacontenttype"},
      {R"("subject":"")", "invalid_subject", "/subject"},
      {R"("a/b~c\"":1)", "invalid_attribute_name", "/a~1b~0c\""},
      {R"("":1)", "invalid_attribute_name", "/"},
      {R"("a":1.5)", "invalid_attribute", "/a"},
      {R"("data":1,"data_base64":"AAAA")", "invalid_data", ""},
      {R"("data_base64":"A")", "invalid_data", "/data_base64"},
      {R"("bad":[],"time":"never")", "invalid_time", "/time"},
  };
  for (const auto& a_case : cases) {
    const RejectedEvent event = rejected(explained_event(a_case.members));
    EXPECT_EQ(event.reason, a_case.reason) << a_case.members;
    EXPECT_EQ(event.errors.front().path, a_case.path) << a_case.members;
    EXPECT_FALSE(event.errors.front().message.empty());
  }
}

TEST(Explanation, AddsWhatElseTheSchemaFinds) {
  const RejectedEvent event =
      rejected(R"({"specversion":"1.0","id":"","source":"s","type":7,"a/b":[],"good":1})");
  EXPECT_EQ(event.reason, "invalid_id");
  ASSERT_EQ(event.errors.size(), 3U) << event.to_json();
  EXPECT_EQ(event.errors[0].path, "/id");
  const std::string rest = event.errors[1].path + " " + event.errors[2].path;
  EXPECT_THAT(rest, HasSubstr("/type"));
  EXPECT_THAT(rest, HasSubstr("/a~1b"));
}

TEST(Explanation, HasNoMoreThanSixteenErrors) {
  std::string members = "\"zz\":1";
  for (int i = 0; i < 40; ++i) members += ",\"a" + std::to_string(i) + "\":[]";
  EXPECT_EQ(rejected(explained_event(members)).errors.size(), explained_errors_max);
}

TEST(Explanation, OfALargeEventIsTheRefusalAlone) {
  auto sized = [](std::size_t bytes) {
    const std::string frame = explained_event(R"("a":[],"b":[],"c":"")");
    return explained_event(R"("a":[],"b":[],"c":")" + std::string(bytes - frame.size(), 'x') +
                           "\"");
  };
  ASSERT_EQ(sized(explained_bytes_max).size(), explained_bytes_max);
  EXPECT_EQ(rejected(sized(explained_bytes_max)).errors.size(), 2U);
  EXPECT_EQ(rejected(sized(explained_bytes_max + 1)).errors.size(), 1U);
}

TEST(Explanation, OfAnEventWithManyMembersIsTheRefusalAlone) {
  auto with_members = [](std::size_t count) {
    std::string members = "\"a4\":[]";
    for (std::size_t i = 5; i < count; ++i) members += ",\"a" + std::to_string(i) + "\":[]";
    return explained_event(members);
  };
  EXPECT_EQ(rejected(with_members(explained_members_max)).errors.size(), explained_errors_max);
  EXPECT_EQ(rejected(with_members(explained_members_max + 1)).errors.size(), 1U);
}

TEST(Explanation, DoesNotEchoAnEndlessName) {
  const std::string longest(explained_path_bytes_max - 1, 'A');
  EXPECT_EQ(rejected(explained_event("\"" + longest + "\":1")).errors.front().path, "/" + longest);
  EXPECT_EQ(rejected(explained_event("\"" + longest + "A\":1")).errors.front().path, "");
}

TEST(Explanation, CarriesTheIdWhereThereIsOne) {
  EXPECT_EQ(rejected(explained_event(R"("A":1)")).id, "1");
  EXPECT_EQ(rejected(R"({"id":"\"é\u00e9"})").id, "\"éé");
  EXPECT_EQ(rejected(R"({"id":""})").id, std::nullopt);
}

TEST(Explanation, IsOneJsonObjectOnTheWire) {
  RejectedEvent event;
  event.reason = "invalid_id";
  event.message = "a \"quoted\"\nmessage";
  event.errors = {{"/id", "one"}, {"", "two"}};
  EXPECT_EQ(event.to_json(),
            R"({"reason":"invalid_id","message":"a \"quoted\"\nmessage",)"
            R"("errors":[{"path":"/id","message":"one"},{"path":"","message":"two"}]})");
  event.errors.pop_back();
  event.id = "7";
  EXPECT_EQ(event.to_json(), R"({"reason":"invalid_id","message":"a \"quoted\"\nmessage",)"
                             R"("errors":[{"path":"/id","message":"one"}],"id":"7"})");
}

TEST(Explain, SurvivesAZeroWithAnExponent) {
  EXPECT_EQ(rejected(R"({"data":0e243})").reason, "missing_required_fields");
}

TEST(Rejection, HasAWordAndAMessageOfItsOwnForEveryStep) {
  std::vector<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(Rejection::invalid_data); ++i) {
    const auto rejection = static_cast<Rejection>(i);
    EXPECT_FALSE(rejection_message(rejection).empty());
    EXPECT_THAT(seen, testing::Not(testing::Contains(reason_word(rejection))));
    seen.push_back(reason_word(rejection));
  }
}

}  // namespace
}  // namespace roost
