#include "event/event_validator.hpp"

#include <gtest/gtest.h>

#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_scan.hpp"

namespace roost {
namespace {

constexpr std::string_view required_members =
    R"("specversion":"1.0","id":"1","source":"/s","type":"t")";

std::string event_with(std::string_view members) {
  std::string text = "{" + std::string(required_members);
  if (!members.empty()) text.append(",").append(members);
  return text + "}";
}

/// The word of the rejection, or "ok".
std::string verdict(std::string_view payload) {
  EXPECT_TRUE(json::is_json(payload, limits::json_levels_max)) << payload.substr(0, 200);
  EventValidator validator;
  const auto event = validator.validate(payload);
  return event ? "ok" : std::string(reason_word(event.error().rejection));
}

struct Case {
  std::string_view members;
  std::string_view expected = "ok";
};

template <class Cases>
void expect_verdicts(const Cases& cases) {
  for (const Case& a_case : cases) {
    EXPECT_EQ(verdict(event_with(a_case.members)), a_case.expected) << a_case.members;
  }
}

TEST(EventValidator, AcceptsTheFourRequiredAttributesAlone) {
  EXPECT_EQ(verdict(event_with("")), "ok");
  EXPECT_EQ(
      verdict(
          " {\n\"type\" : \"t\" ,\t\"source\":\"s\",\"specversion\":\"1.0\",\"id\":\"i\"}\r\n "),
      "ok");
}

TEST(EventValidator, AcceptsOneJsonObjectAndNothingElse) {
  for (std::string_view payload : {"null", "true", "1", "\"text\"", "[]", "[{}]",
                                   R"([{"specversion":"1.0","id":"1","source":"s","type":"t"}])"}) {
    EXPECT_EQ(verdict(payload), "invalid_cloudevent_format") << payload;
  }
}

TEST(EventValidator, RefusesAnyTopLevelNameThatStandsTwice) {
  constexpr Case cases[] = {
      {R"("id":"1")", "invalid_cloudevent_format"},
      {R"("id":null)", "invalid_cloudevent_format"},
      {R"("i\u0064":"1")", "invalid_cloudevent_format"},
      {R"("time":null,"time":null)", "invalid_cloudevent_format"},
      {R"("data":1,"data":1)", "invalid_cloudevent_format"},
      {R"("data_base64":null,"data_base64":null)", "invalid_cloudevent_format"},
      {R"("a":1,"b":2,"a":1)", "invalid_cloudevent_format"},
      {R"("a":null,"\u0061":null)", "invalid_cloudevent_format"},
      {R"("Bad":1,"Bad":1)", "invalid_cloudevent_format"},
      {R"("":1,"":1)", "invalid_cloudevent_format"},
      {R"("\u0000":1,"\u0000":1)", "invalid_cloudevent_format"},
      {R"("é":1,"\u00e9":1)", "invalid_cloudevent_format"},
      {R"("😀":1,"\uD83D\uDE00":1)", "invalid_cloudevent_format"},
      {R"("data":{"a":1,"a":1,"id":"2"})"},
      {R"("a":1,"aa":1,"aaa":1)"},
  };
  expect_verdicts(cases);
}

TEST(EventValidator, FindsARepeatedNameAmongAHundredThousand) {
  std::string members;
  for (int i = 0; i < 100'000; ++i) members += "\"n" + std::to_string(i) + "\":null,";
  EXPECT_EQ(verdict(event_with(members + "\"last\":null")), "ok");
  EXPECT_EQ(verdict(event_with(members + "\"n77\":null")), "invalid_cloudevent_format");
  EXPECT_EQ(verdict(event_with(members + "\"\\u006e77\":null")), "invalid_cloudevent_format");
}

TEST(EventValidator, NamesTheMissingAttributesInTheirOrder) {
  struct {
    std::string_view payload;
    std::array<bool, 4> missing;
    std::optional<std::string_view> attribute;
  } const cases[] = {
      {"{}", {true, true, true, true}, std::nullopt},
      {R"({"type":"t","specversion":"1.0"})", {false, true, true, false}, std::nullopt},
      {R"({"id":"1","source":"s","specversion":"1.0"})", {false, false, false, true}, "type"},
      {R"({"id":null,"type":"t","source":"s","specversion":"1.0"})",
       {false, true, false, false},
       "id"},
      {R"({"id":null,"type":null,"source":null,"specversion":null})",
       {true, true, true, true},
       std::nullopt},
  };
  for (const auto& a_case : cases) {
    EventValidator validator;
    const auto event = validator.validate(a_case.payload);
    ASSERT_FALSE(event) << a_case.payload;
    EXPECT_EQ(event.error().rejection, Rejection::missing_required_fields);
    EXPECT_EQ(event.error().missing, a_case.missing) << a_case.payload;
    EXPECT_EQ(event.error().attribute, a_case.attribute) << a_case.payload;
  }
}

TEST(EventValidator, TakesSpecversionOneDotZeroAsAString) {
  for (std::string_view value : {R"("1.0")", R"("1\u002e0")", R"("\u0031.0")"}) {
    EXPECT_EQ(
        verdict(R"({"id":"1","source":"s","type":"t","specversion":)" + std::string(value) + "}"),
        "ok")
        << value;
  }
  for (std::string_view value :
       {"1.0", "1", R"("")", R"("1")", R"("1.0 ")", R"("1.1")", R"("0.3")", R"("1.0.2")", "true",
        "[]", R"({"1.0":"1.0"})", R"("1.0\u0000")"}) {
    EXPECT_EQ(
        verdict(R"({"id":"1","source":"s","type":"t","specversion":)" + std::string(value) + "}"),
        "invalid_specversion")
        << value;
  }
}

std::string with_value(std::string_view name, std::string_view value) {
  std::string text = "{";
  for (std::string_view other : {"specversion", "id", "source", "type"}) {
    if (other == name) continue;
    text.append("\"").append(other).append(other == "specversion" ? "\":\"1.0\"," : "\":\"x\",");
  }
  return text.append("\"").append(name).append("\":").append(value).append("}");
}

TEST(EventValidator, TakesNonEmptyStringsWithoutControlsForIdTypeAndSubject) {
  for (std::string_view name : {"id", "type", "subject"}) {
    for (std::string_view value : {R"("a")", R"(" ")", R"("é😀")", R"("\"\\\/")", R"("\u00a0")",
                                   R"("\uD83D\uDE00")", R"("\uFFFD")"}) {
      EXPECT_EQ(verdict(with_value(name, value)), "ok") << name << value;
    }
    for (std::string_view value : {R"("")",
                                   "1",
                                   "true",
                                   "[]",
                                   R"(["a"])",
                                   "{}",
                                   R"("\u0000")",
                                   R"("a\u001f")",
                                   R"("\n")",
                                   R"("\t")",
                                   R"("\u007f")",
                                   "\"\x7F\"",
                                   R"("\u0080")",
                                   "\"\xC2\x9F\"",
                                   R"("\ufdd0")",
                                   R"("\ufdef")",
                                   R"("\uffff")",
                                   "\"\xEF\xBF\xBE\"",
                                   R"("\uD83F\uDFFE")",
                                   "\"\xF4\x8F\xBF\xBF\""}) {
      EXPECT_EQ(verdict(with_value(name, value)), "invalid_" + std::string(name)) << name << value;
    }
  }
}

TEST(EventValidator, TakesAUriReferenceForSource) {
  for (std::string_view value :
       {R"("/")", R"("urn:a:b")", R"("https:\/\/h\/a?b#c")", R"("a%20b")", R"("#")"}) {
    EXPECT_EQ(verdict(with_value("source", value)), "ok") << value;
  }
  for (std::string_view value : {R"("")", "1", "{}", R"("a b")", R"("1:b")", R"("http://h:80:90/")",
                                 R"("é")", R"("a\u0000")", R"("\u0020")"}) {
    EXPECT_EQ(verdict(with_value("source", value)), "invalid_source") << value;
  }
}

TEST(EventValidator, ChecksTheOptionalAttributesUnlessTheyAreNull) {
  constexpr Case cases[] = {
      {R"("time":null,"dataschema":null,"datacontenttype":null,"subject":null)"},
      {R"("time":"2026-01-31T00:00:00Z")"},
      {R"("time":"2026-01-31T00:00:00\u005a")"},
      {R"("time":"")", "invalid_time"},
      {R"("time":0)", "invalid_time"},
      {R"("time":"2026-02-29T00:00:00Z")", "invalid_time"},
      {R"("dataschema":"urn:a#f")"},
      {R"("dataschema":"https://h/a#f")"},
      {R"("dataschema":"")", "invalid_dataschema"},
      {R"("dataschema":"/a")", "invalid_dataschema"},
      {R"("dataschema":false)", "invalid_dataschema"},
      {R"("datacontenttype":"a/b; c=\"d\"")"},
      {R"("datacontenttype":"")", "invalid_datacontenttype"},
      {R"("datacontenttype":"a")", "invalid_datacontenttype"},
      {R"("datacontenttype":{})", "invalid_datacontenttype"},
      {R"("datacontenttype":"a/b;c=\"\u0009\"")", "invalid_datacontenttype"},
  };
  expect_verdicts(cases);
  EXPECT_EQ(
      verdict(event_with("\"time\":\"2026-01-31T00:00:00." + std::string(50'000, '0') + "Z\"")),
      "ok");
}

TEST(EventValidator, KnowsWhatAnExtensionMayBe) {
  constexpr Case cases[] = {
      {R"("a":"","b":"text","c":"é","d":true,"e":false,"f":0,"g":-0,"0":1)"},
      {R"("a":2147483647,"b":-2147483648)"},
      {R"("a":null,"b":null)"},
      {R"("a":2147483648)", "invalid_attribute"},
      {R"("a":-2147483649)", "invalid_attribute"},
      {R"("a":1.0)", "invalid_attribute"},
      {R"("a":1e0)", "invalid_attribute"},
      {R"("a":[])", "invalid_attribute"},
      {R"("a":{})", "invalid_attribute"},
      {R"("a":"\u0000")", "invalid_attribute"},
      {R"("a":"\ufffe")", "invalid_attribute"},
      {R"("A":1)", "invalid_attribute_name"},
      {R"("A":null)", "invalid_attribute_name"},
      {R"("Id":"1")", "invalid_attribute_name"},
      {R"("a_b":1)", "invalid_attribute_name"},
      {R"("data_base65":1)", "invalid_attribute_name"},
      {R"("":1)", "invalid_attribute_name"},
      {R"("é":1)", "invalid_attribute_name"},
      {R"("a\u0000":1)", "invalid_attribute_name"},
      {R"("\u0061b":1)"},
  };
  expect_verdicts(cases);
}

TEST(EventValidator, TakesSixtyFourAttributesWithoutDataAndNulls) {
  std::string members = R"("data":1,"zz":null,"time":null,"data_base64":null)";
  for (int i = 4; i < 64; ++i) members += ",\"a" + std::to_string(i) + "\":1";
  EXPECT_EQ(verdict(event_with(members)), "ok");
  EXPECT_EQ(verdict(event_with(members + R"(,"one":1)")), "invalid_attribute");
  EXPECT_EQ(verdict(event_with(members + R"(,"subject":"s")")), "invalid_attribute");
}

TEST(EventValidator, TakesEitherDataOrBase64) {
  constexpr Case cases[] = {
      {R"("data":null)"},
      {R"("data":{"a":[1,1e300,"\u0000",null]})"},
      {R"("data":"\ufffe")"},
      {R"("data_base64":"")"},
      {R"("data_base64":"Zg==")"},
      {R"("data_base64":"\u005ag==")"},
      {R"("data_base64":"\/\/\/\/")"},
      {R"("data_base64":null)"},
      {R"("data":1,"data_base64":null)"},
      {R"("data_base64":null,"data":null)"},
      {R"("data":null,"data_base64":"Zg==")", "invalid_data"},
      {R"("data_base64":"Zg==","data":1)", "invalid_data"},
      {R"("data":1,"data_base64":1)", "invalid_data"},
      {R"("data_base64":1)", "invalid_data"},
      {R"("data_base64":{})", "invalid_data"},
      {R"("data_base64":"Zg")", "invalid_data"},
      {R"("data_base64":"Zh==")", "invalid_data"},
      {R"("data_base64":"Zg==\n")", "invalid_data"},
      {R"("data_base64":"Z-_=")", "invalid_data"},
  };
  expect_verdicts(cases);
}

// Each fault alone, in the order of the checks; any two together give the earlier.
TEST(EventValidator, ReportsTheFirstFaultByTheOrderOfTheStepsAndNotOfTheMembers) {
  struct Faulty {
    std::string_view reason;
    std::string_view member;    // added to the event
    std::string_view replaces;  // the required attribute it stands for
  };
  constexpr Faulty faults[] = {
      {"invalid_cloudevent_format", R"("x":null,"x":null)", ""},
      {"missing_required_fields", R"("nothing":null)", "type"},
      {"invalid_specversion", R"("specversion":"2.0")", "specversion"},
      {"invalid_id", R"("id":"")", "id"},
      {"invalid_source", R"("source":"a b")", "source"},
      {"invalid_type", R"("type":1)", "type"},
      {"invalid_time", R"("time":"now")", ""},
      {"invalid_dataschema", R"("dataschema":"/a")", ""},
      {"invalid_datacontenttype", R"("datacontenttype":"json")", ""},
      {"invalid_subject", R"("subject":"")", ""},
      {"invalid_attribute_name", R"("Name":null)", ""},
      {"invalid_attribute", R"("a":[])", ""},
      {"invalid_data", R"("data":1,"data_base64":"AAAA")", ""},
  };
  constexpr Faulty good[] = {{"", R"("specversion":"1.0")", "specversion"},
                             {"", R"("id":"1")", "id"},
                             {"", R"("source":"s")", "source"},
                             {"", R"("type":"t")", "type"}};
  for (const Faulty& early : faults) {
    for (const Faulty& late : faults) {
      if (&late < &early) continue;
      if (&late != &early && !late.replaces.empty() && late.replaces == early.replaces) continue;
      std::vector<std::string_view> members;
      for (const Faulty& required : good) {
        if (required.replaces != early.replaces && required.replaces != late.replaces) {
          members.push_back(required.member);
        }
      }
      members.push_back(early.member);
      if (&late != &early) members.push_back(late.member);
      for (std::size_t turn = 0; turn < members.size(); ++turn) {
        std::rotate(members.begin(), members.begin() + 1, members.end());
        std::string payload;
        for (auto member : members) payload.append(payload.empty() ? "{" : ",").append(member);
        EXPECT_EQ(verdict(payload + "}"), early.reason) << payload;
      }
    }
  }
}

TEST(EventValidator, SaysWhichAttributeIsAtFaultAndWhere) {
  const std::string payload = event_with(R"("good":1,"a\/B":1,"bad":[])");
  EventValidator validator;
  const auto event = validator.validate(payload);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().attribute, "a/B");
  EXPECT_EQ(event.error().offset, payload.find(R"("a\/B")"));
  EXPECT_EQ(event.error().id, "1");
}

TEST(EventValidator, KeepsTheIdOfARejectedEventOnlyWhereItIsOneAndValid) {
  struct {
    std::string_view payload;
    std::optional<std::string_view> id;
  } const cases[] = {
      {R"({"id":"a\u0062"})", "ab"},
      {R"({"id":"a","x":1,"x":1})", "a"},
      {R"({"id":"a","id":"a"})", std::nullopt},
      {R"({"id":"a","id":null})", std::nullopt},
      {R"({"id":""})", std::nullopt},
      {R"({"id":1})", std::nullopt},
      {R"({"id":"\u0000"})", std::nullopt},
      {R"({})", std::nullopt},
      {R"([{"id":"a"}])", std::nullopt},
  };
  for (const auto& a_case : cases) {
    EventValidator validator;
    const auto event = validator.validate(a_case.payload);
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().id, a_case.id) << a_case.payload;
  }
}

TEST(EventValidator, ViewsAnAcceptedEvent) {
  const std::string payload =
      R"({"data":{ "a":1 },"time":"2026-01-31T00:00:00Z","subject":"\u0073","type":"com.\u0065xample",)"
      R"("source":"\/s","id":"one","specversion":"1.0"})";
  EventValidator validator;
  const auto event = validator.validate(payload);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->id, "one");
  EXPECT_EQ(event->id.data(), payload.data() + payload.find("one"));  // no copy
  EXPECT_EQ(event->source, "/s");
  EXPECT_EQ(event->type, "com.example");
  EXPECT_EQ(event->subject, "s");
  EXPECT_EQ(event->time, "2026-01-31T00:00:00Z");
  EXPECT_EQ(event->data.kind, EventData::Kind::json);
  EXPECT_EQ(event->data.text, R"({ "a":1 })");
}

TEST(EventValidator, TellsJsonDataFromBase64AndFromNone) {
  EventValidator validator;
  const std::string bytes = event_with(R"("data_base64":"\/w==")");
  const auto event = validator.validate(bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->data.kind, EventData::Kind::base64);
  EXPECT_EQ(event->data.text, "/w==");
  EXPECT_EQ(validator.validate(event_with(""))->data.kind, EventData::Kind::none);
  EXPECT_EQ(validator.validate(event_with(R"("data_base64":null)"))->data.kind,
            EventData::Kind::none);
}

TEST(EventValidator, ForgetsOneEventBeforeTheNext) {
  EventValidator validator;
  const std::string first = event_with(R"("extension":1,"\u0061":"\u0062")");
  const std::string second = event_with(R"("extension":2,"\u0061":"\u0063")");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(validator.validate(first));
    EXPECT_FALSE(validator.validate("[]"));
    EXPECT_TRUE(validator.validate(second));
  }
}

TEST(EventValidator, GivesBackWhatAnUnusuallyLargeEventNeeded) {
  EventValidator validator;
  const std::string small = event_with(R"("\u0061":"\u0062")");
  EXPECT_TRUE(validator.validate(small));
  const std::size_t usual = validator.kept_bytes();
  const std::string long_text(2 * EventValidator::kept_bytes_max, 'x');
  EXPECT_TRUE(validator.validate(event_with(R"("subject":"\u0061)" + long_text + "\"")));
  std::string names;
  for (int i = 0; i < 10'000; ++i) names += ",\"n" + std::to_string(i) + "\":null";
  EXPECT_TRUE(validator.validate(event_with(names.substr(1))));
  EXPECT_GT(validator.kept_bytes(), EventValidator::kept_bytes_max);
  EXPECT_TRUE(validator.validate(small));
  EXPECT_LE(validator.kept_bytes(), usual);
  // What is within the bound stays, so that it need not be taken again.
  const std::string mean = event_with(R"("subject":"\u0061)" + std::string(10'000, 'x') + "\"");
  EXPECT_TRUE(validator.validate(mean));
  EXPECT_TRUE(validator.validate(small));
  EXPECT_GE(validator.kept_bytes(), mean.size());
}

}  // namespace
}  // namespace roost
