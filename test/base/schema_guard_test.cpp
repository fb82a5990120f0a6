// Schema::compile_guarded(): a schema from outside and values of strangers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <string>
#include <vector>

#include "base/schema.hpp"

namespace roost {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<Schema::Violation> guarded(std::string_view schema, std::string_view json) {
  const Result<Schema> compiled = Schema::compile_guarded(schema);
  if (!compiled) {
    ADD_FAILURE() << compiled.error().message;
    return {};
  }
  return compiled->check(json, 5);
}

std::string fault_of(std::string_view schema) {
  const Result<Schema> compiled = Schema::compile_guarded(schema);
  return compiled ? "none" : compiled.error().message;
}

auto a_violation(const std::string& path, const std::string& text) {
  return AllOf(Field(&Schema::Violation::path, path),
               Field(&Schema::Violation::message, HasSubstr(text)));
}

/// `inner` in `levels` arrays or objects.
std::string wrapped(unsigned levels, const std::string& open, std::string inner,
                    const std::string& close) {
  std::string text;
  for (unsigned i = 0; i < levels; ++i) text += open;
  text += inner;
  for (unsigned i = 0; i < levels; ++i) text += close;
  return text;
}

std::string list_of(std::size_t elements, const std::string& element) {
  std::string text = "[" + element;
  for (std::size_t i = 1; i < elements; ++i) text += "," + element;
  return text + "]";
}

TEST(GuardedSchema, FindsWhatAPlainOneFinds) {
  const std::string schema = R"({"definitions":{"price":{"type":"number","minimum":0}},
    "required":["id"],"additionalProperties":false,"properties":{
      "id":{"type":"string","minLength":2,"maxLength":3},
      "prices":{"items":{"$ref":"#/definitions/price"}},
      "kind":{"enum":["a",{"b":1}]},
      "both":{"allOf":[{"minimum":1},{"maximum":2}]}}})";
  EXPECT_THAT(guarded(schema, R"({"id":"äöü","prices":[1,0],"kind":{"b":1},"both":2})"), IsEmpty());
  EXPECT_THAT(guarded(schema, R"({"prices":[1,-1],"kind":"c","both":3,"id":"x"})"),
              testing::UnorderedElementsAre(
                  a_violation("/id", "fewer than 2"), a_violation("/prices/1", "greater"),
                  a_violation("/kind", "enum"), a_violation("/both", "less"),
                  a_violation("/both", "child schema")));
  EXPECT_THAT(guarded(schema, R"({"id":"1234"})"), ElementsAre(a_violation("/id", "more than 3")));
  EXPECT_THAT(guarded(schema, R"({"id":"12","x":1})"), ElementsAre(a_violation("", "'x'")));
  EXPECT_THAT(guarded("false", "1"), ElementsAre(a_violation("", "conform")));
}

TEST(GuardedSchema, CountsTheCharactersBehindANul) {
  EXPECT_THAT(guarded(R"({"maxLength":3})", R"("a\u0000bcd")"), SizeIs(1));
}

TEST(GuardedSchema, MatchesPatternsInLinearTime) {
  const std::string schema = R"({"items":{"pattern":"^(a|a)*(a|aa)+$"}})";
  const std::string exploding = "\"" + std::string(4000, 'a') + "!\"";
  EXPECT_THAT(guarded(schema, R"(["aaa",5])"), IsEmpty());
  EXPECT_THAT(guarded(schema, list_of(20, exploding)), SizeIs(5));
  EXPECT_THAT(guarded(R"({"propertyNames":{"pattern":"^x-"}})", R"({"x-a":1,"y":2})"),
              ElementsAre(a_violation("", "conform")));
}

TEST(GuardedSchema, HasNoLongTextMatchAPattern) {
  const auto text = [](std::size_t bytes) { return "\"" + std::string(bytes, 'a') + "\""; };
  constexpr std::size_t most = limits::data_schema_pattern_text_bytes_max;
  EXPECT_THAT(guarded(R"({"pattern":"a"})", text(most)), IsEmpty());
  EXPECT_THAT(guarded(R"({"pattern":"a"})", text(most + 1)), ElementsAre(a_violation("", "4096")));
  EXPECT_THAT(guarded(R"({"not":{"pattern":"a"}})", text(most + 1)),
              ElementsAre(a_violation("", "4096")));
}

TEST(GuardedSchema, TakesPatternsUpToABound) {
  const auto schema = [](std::size_t bytes) {
    return "{\"pattern\":\"" + std::string(bytes, 'a') + "\"}";
  };
  EXPECT_EQ(fault_of(schema(limits::data_schema_pattern_bytes_max)), "none");
  EXPECT_THAT(fault_of(schema(limits::data_schema_pattern_bytes_max + 1)), HasSubstr("1024"));
  EXPECT_THAT(fault_of(R"({"pattern":"((\\pL{30}){30}){1,20}"})"), HasSubstr("pattern"));
  EXPECT_THAT(fault_of(R"({"pattern":"(?=a)b"})"), HasSubstr("RE2"));
  EXPECT_THAT(fault_of(R"({"pattern":5})"), HasSubstr("pattern"));
}

TEST(GuardedSchema, PassesOverFormat) {
  const std::string digits(100'000, '1');
  EXPECT_THAT(guarded(R"({"format":"date-time"})", "\"" + digits + "\""), IsEmpty());
  EXPECT_THAT(guarded(R"({"format":"date-time"})", "{}"), IsEmpty());
}

TEST(GuardedSchema, FindsEqualElementsOfALongArray) {
  const std::string schema = R"({"uniqueItems":true})";
  EXPECT_THAT(guarded(schema, R"([1,"1",true,null,{"a":1,"b":2},[1],1.5])"), IsEmpty());
  for (const char* twice : {"[1,2,1.0]", R"([{"a":1,"b":[0]},{"b":[-0.0],"a":1}])", "[null,null]"})
    EXPECT_THAT(guarded(schema, twice), ElementsAre(a_violation("", "same"))) << twice;
  std::string numbers = "[0";
  while (numbers.size() < (1 << 20)) numbers += "," + std::to_string(numbers.size());
  EXPECT_THAT(guarded(schema, numbers + "]"), IsEmpty());
  EXPECT_THAT(guarded(schema, numbers + ",0]"), SizeIs(1));
  EXPECT_THAT(guarded(R"({"uniqueItems":false})", "[1,1]"), IsEmpty());
}

TEST(GuardedSchema, BoundsTheWorkThatRecursionMultiplies) {
  // At each level either branch is looked at, and each looks at all below.
  const std::string schema = R"({"oneOf":[
    {"type":"object","required":["l"],"properties":{"l":{"$ref":"#"},"x":false}},
    {"type":"object","required":["l"],"properties":{"l":{"$ref":"#"},"y":{"type":"string"}}},
    {"type":"null"}]})";
  const std::string deep = wrapped(100, R"({"l":)", "null", R"(,"x":1,"y":1})");
  EXPECT_THAT(guarded(schema, deep), ElementsAre(a_violation("", "too long")));
  EXPECT_THAT(guarded(schema, R"({"l":null,"x":1})"), IsEmpty());
}

TEST(GuardedSchema, BoundsTheWorkOfLongListsAndLongNames) {
  std::string words = R"({"items":{"enum":["w0")";
  for (int i = 1; i < 1000; ++i) words += ",\"w" + std::to_string(i) + "\"";
  words += "]}}";
  EXPECT_THAT(guarded(words, list_of(1000, R"("w999")")), IsEmpty());
  EXPECT_THAT(guarded(words, list_of(100'000, R"("w999")")),
              ElementsAre(a_violation("", "too long")));
  const std::string inside = R"({"additionalProperties":{"items":{"type":"integer"}}})";
  const auto named = [](std::size_t bytes) {
    return "{\"" + std::string(bytes, 'n') + "\":" + list_of(100'000, "1") + "}";
  };
  EXPECT_THAT(guarded(inside, named(50)), IsEmpty());
  EXPECT_THAT(guarded(inside, named(500'000)), ElementsAre(a_violation("", "too long")));
}

TEST(GuardedSchema, TakesSeveralChecksOutOfOneBudget) {
  const Schema schema = Schema::compile_guarded(R"({"items":{"type":"integer"}})").value();
  const std::string list = list_of(100, "1");
  Schema::Budget budget;
  EXPECT_THAT(schema.check(list, 5, budget), IsEmpty());
  const std::size_t cost = limits::data_schema_steps_max - budget.steps;
  ASSERT_GE(cost, 100U);
  budget.steps = 2 * cost;
  EXPECT_THAT(schema.check(list, 5, budget), IsEmpty());
  EXPECT_THAT(schema.check(list, 5, budget), IsEmpty());
  EXPECT_EQ(budget.steps, 0U);
  EXPECT_THAT(schema.check("[]", 5, budget), ElementsAre(a_violation("", "bound of work")));
  budget.steps = 2 * cost - 1;
  EXPECT_THAT(schema.check(list, 5, budget), IsEmpty());
  EXPECT_THAT(schema.check(list, 5, budget), ElementsAre(a_violation("", "bound of work")));
  // What is spent stays so, even for one that would have fitted in.
  EXPECT_THAT(schema.check("[]", 5, budget), ElementsAre(a_violation("", "bound of work")));
}

TEST(GuardedSchema, TakesThePlacesOfFaultsOutOfOneBudget) {
  const Schema schema = Schema::compile_guarded(R"({"items":{"type":"string"}})").value();
  const std::string list = list_of(100, "1");
  Schema::Budget budget;
  EXPECT_THAT(schema.check(list, 5, budget), SizeIs(5));
  const std::size_t cost = limits::data_schema_finding_steps_max - budget.finding_steps;
  ASSERT_GE(cost, 100U);
  budget.finding_steps = cost;
  EXPECT_THAT(schema.check(list, 5, budget), SizeIs(5));
  EXPECT_EQ(budget.finding_steps, 0U);
  EXPECT_THAT(schema.check(list, 5, budget), SizeIs(1));
}

TEST(GuardedSchema, SaysOfALargeDocumentThatItDoesNotConform) {
  EXPECT_THAT(guarded(R"({"items":{"type":"string"}})", list_of(300'000, "1")), SizeIs(5));
  EXPECT_THAT(guarded(R"({"allOf":[{"items":{"type":"integer"}},{"type":"object"}]})",
                      list_of(300'000, "1")),
              SizeIs(1));
}

TEST(GuardedSchema, FollowsReferencesAsDeepAsAPayloadMayBe) {
  const std::string schema = R"({"anyOf":[{"allOf":[{"if":{"type":"array"},
    "then":{"items":{"$ref":"#"}},"else":{"const":7}}]}]})";
  EXPECT_THAT(guarded(schema, wrapped(limits::json_levels_max, "[", "7", "]")), IsEmpty());
  EXPECT_THAT(guarded(schema, wrapped(limits::json_levels_max, "[", "8", "]")), SizeIs(5));
}

TEST(GuardedSchema, BoundsHowDeepItsSubschemasStand) {
  const auto recursive = [](unsigned levels) {
    return R"({"items":{"$ref":"#"},"allOf":[)" + wrapped(levels, R"({"allOf":[)", "{}", "]}") +
           "]}";
  };
  constexpr unsigned most = limits::data_schema_levels_max / limits::json_levels_max;
  EXPECT_EQ(fault_of(recursive(most - 2)), "none");
  EXPECT_THAT(fault_of(recursive(most - 1)), HasSubstr("too deep"));
  EXPECT_EQ(fault_of(wrapped(60, R"({"allOf":[)", "{}", "]}")), "none");
  std::string chain = R"({"$ref":"#/definitions/d1","definitions":{)";
  for (std::size_t i = 1; i < limits::data_schema_depth_max; ++i)
    chain += fmt::format(R"("d{}":{{"items":{{"$ref":"#/definitions/d{}"}}}},)", i, i + 1);
  const std::string last = fmt::format(R"("d{}":)", limits::data_schema_depth_max);
  EXPECT_EQ(fault_of(chain + last + "{}}}"), "none");
  EXPECT_THAT(fault_of(chain + last + R"({"items":{}}}})"), HasSubstr("too deep"));
}

TEST(GuardedSchema, HasABoundForItsSubschemas) {
  const auto schema = [](std::size_t parts) {
    return R"({"anyOf":)" + list_of(parts - 1, "{}") + "}";
  };
  EXPECT_EQ(fault_of(schema(limits::data_schema_parts_max)), "none");
  EXPECT_THAT(fault_of(schema(limits::data_schema_parts_max + 1)), HasSubstr("2000"));
}

TEST(GuardedSchema, RefusesWhatItCouldNotHeedOrWouldNeverEnd) {
  for (const auto& [schema, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"$ref":"#"})", "itself"},
           {R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},
              "b":{"$ref":"#/definitions/a"}}})",
            "itself"},
           {R"({"allOf":[{"$ref":"#"}]})", "back"},
           {R"({"items":{"not":{"$ref":"#/items"}}})", "back"},
           {R"({"dependencies":{"a":{"$ref":"#"}}})", "back"},
           {R"({"items":{"$ref":"other.json"}})", "same file"},
           {R"({"items":{"$ref":"http://127.0.0.1/x#/a"}})", "same file"},
           {R"({"items":{"$ref":"#/definitions/%61"}})", "same file"},
           {R"({"items":{"$ref":"#/definitions/a"}})", "nowhere"},
           {R"({"items":{"$ref":"#/allOf/2"},"allOf":[{},{}]})", "nowhere"},
           {R"({"items":{"$ref":7}})", "same file"},
           {R"({"patternProperties":{"^a":{}}})", "patternProperties"},
           {R"({"items":{"prefixItems":[{}]}})", "prefixItems"},
           {R"({"multipleOf":0})", "multipleOf"},
           {R"({"multipleOf":-1})", "multipleOf"},
           {R"({"type":[{"type":"string"}]})", "type"},
           {R"({"type":"text"})", "text"},
           {R"({"items":5})", "subschema"},
           {R"({"allOf":{}})", "list"},
           {R"({"maxLength":-1})", "maxLength"},
           {R"({"uniqueItems":1})", "uniqueItems"},
           {R"({"type":"string","type":"object"})", "twice"},
           {"[]", "subschema"},
           {"{", "usable"},
       })
    EXPECT_THAT(fault_of(schema), HasSubstr(why)) << schema;
  EXPECT_EQ(fault_of(R"({"items":{"$ref":"#/definitions/a~1b/0"},"definitions":{"a/b":[{}]}})"),
            "none");
  EXPECT_EQ(fault_of(R"({"properties":{"pattern":{},"format":{},"$ref2":{}}})"), "none");
}

TEST(GuardedSchema, RefusesANameThatStandsTwice) {
  const std::string schema =
      R"({"properties":{"a":{"items":{"properties":{"n":{"type":"integer"}}}}}})";
  EXPECT_THAT(guarded(schema, R"({"a":[{},{"n":1,"n":"x"}]})"),
              ElementsAre(a_violation("/a/1/n", "twice")));
}

TEST(GuardedSchema, TakesKeywordsForNamesWherePropertiesAreNamedSo) {
  const std::string schema =
      R"({"properties":{"pattern":{"type":"string"},"format":{"type":"string"}}})";
  EXPECT_THAT(guarded(schema, R"({"pattern":1,"format":1})"),
              testing::UnorderedElementsAre(a_violation("/pattern", "type"),
                                            a_violation("/format", "type")));
}

}  // namespace
}  // namespace roost
