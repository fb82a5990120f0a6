#include "event/data_schemas.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "event/event_validator.hpp"
#include "event/explain.hpp"

namespace roost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

DataSchema entry(const std::string& type, std::string_view schema,
                 DataSchema::Data data = DataSchema::Data::required) {
  return {{Glob(type)}, Schema::compile_guarded(schema).value(), data};
}

std::shared_ptr<const DataSchemas> schemas_of(std::vector<DataSchema> entries) {
  return std::make_shared<const DataSchemas>(std::move(entries));
}

std::string typed_event(const std::string& members, const std::string& type = "order.placed") {
  return fmt::format(R"({{"specversion":"1.0","id":"7","source":"/s","type":"{}"{}{}}})", type,
                     members.empty() ? "" : ",", members);
}

/// The rejection's paths; nothing where the event is accepted.
std::vector<std::string> faults(const std::shared_ptr<const DataSchemas>& schemas,
                                const std::string& event) {
  const Verdict verdict = validate_cloud_event(event, schemas);
  std::vector<std::string> paths;
  if (const auto* const rejected = std::get_if<RejectedEvent>(&verdict)) {
    EXPECT_EQ(rejected->reason, "data_schema_violation");
    EXPECT_EQ(rejected->id, "7");
    for (const EventError& error : rejected->errors) paths.push_back(error.path);
  }
  return paths;
}

TEST(DataSchemas, HaveTheFirstEntryThatMatchesATypeCheckIt) {
  const auto schemas = schemas_of(
      {entry("order.placed", R"({"required":["a"]})"), entry("order.*", R"({"type":"object"})")});
  EXPECT_THAT(faults(schemas, typed_event(R"("data":{"a":1})")), IsEmpty());
  EXPECT_THAT(faults(schemas, typed_event(R"("data":{})")), ElementsAre("/data"));
  EXPECT_THAT(faults(schemas, typed_event(R"("data":{})", "order.paid")), IsEmpty());
  EXPECT_THAT(faults(schemas, typed_event(R"("data":1)", "order.paid")), ElementsAre("/data"));
  EXPECT_THAT(faults(schemas, typed_event(R"("data":1)", "other")), IsEmpty());
  EXPECT_THAT(faults(schemas, typed_event(R"("data":1)", R"(\u006frder.paid)")),
              ElementsAre("/data"));
}

TEST(DataSchemas, PointIntoTheEvent) {
  const auto schemas = schemas_of(
      {entry("*", R"({"properties":{"a/b":{"items":{"type":"string"}},"c":{"maximum":1}}})")});
  EXPECT_THAT(faults(schemas, typed_event(R"("data":{"a/b":["x",1],"c":2})")),
              ElementsAre("/data/a~1b/1", "/data/c"));
}

TEST(DataSchemas, SayInOneWordWhatIsWrong) {
  const auto schemas = schemas_of({entry("*", R"({"type":"object"})")});
  const Verdict verdict = validate_cloud_event(typed_event(R"("data":[])"), schemas);
  EXPECT_EQ(
      std::get<RejectedEvent>(verdict).to_json(),
      R"({"reason":"data_schema_violation","message":"data does not conform to the schema for)"
      R"( events of this type","errors":[{"path":"/data","message":"Value type not permitted)"
      R"( by 'type' constraint."}],"id":"7"})");
}

TEST(DataSchemas, ReportSoManyFaultsAndNoMore) {
  const auto schemas = schemas_of({entry("*", R"({"items":{"type":"string"}})")});
  std::string list = "1";
  for (int i = 0; i < 100; ++i) list += ",1";
  EXPECT_THAT(faults(schemas, typed_event("\"data\":[" + list + "]")),
              SizeIs(explained_errors_max));
}

TEST(DataSchemas, EchoNoLongNameOfTheSender) {
  const auto schemas = schemas_of({entry("*", R"({"additionalProperties":false})")});
  std::string name;
  for (int i = 0; i < 1000; ++i) name += "ü";
  const Verdict verdict =
      validate_cloud_event(typed_event("\"data\":{\"" + name + "\":1}"), schemas);
  const auto& rejected = std::get<RejectedEvent>(verdict);
  EXPECT_LT(rejected.to_json().size(), 1500U);
  EXPECT_TRUE(rejected.errors.front().message.ends_with("ü..."));
  const auto typed = schemas_of({entry("*", R"({"additionalProperties":{"type":"null"}})")});
  const std::string longest(explained_path_bytes_max, 'n');
  EXPECT_THAT(faults(typed, typed_event("\"data\":{\"" + longest + "\":1}")), ElementsAre("/data"));
}

TEST(DataSchemas, AskForDataUnlessItIsOptional) {
  const auto needed = schemas_of({entry("*", "true")});
  const auto optional =
      schemas_of({entry("*", R"({"type":"object"})", DataSchema::Data::optional)});
  EXPECT_THAT(faults(needed, typed_event("")), ElementsAre("/data"));
  EXPECT_THAT(faults(optional, typed_event("")), IsEmpty());
  EXPECT_THAT(faults(needed, typed_event(R"("data":null)")), IsEmpty());
  EXPECT_THAT(faults(optional, typed_event(R"("data":null)")), ElementsAre("/data"));
}

TEST(DataSchemas, AreNotPassedByInBase64) {
  for (const auto data : {DataSchema::Data::required, DataSchema::Data::optional})
    EXPECT_THAT(
        faults(schemas_of({entry("*", "true", data)}), typed_event(R"("data_base64":"e30=")")),
        ElementsAre("/data_base64"));
}

TEST(DataSchemas, AreLookedAtOnlyOnceTheEventIsOne) {
  const auto schemas = schemas_of({entry("*", "false")});
  const Verdict verdict = validate_cloud_event(typed_event(R"("data":1,"time":"now")"), schemas);
  EXPECT_EQ(std::get<RejectedEvent>(verdict).reason, "invalid_time");
}

TEST(DataSchemas, CanBeExchangedBetweenTwoEvents) {
  EventValidator validator;
  const std::string event = typed_event(R"("data":1)");
  EXPECT_TRUE(validator.validate(event));
  validator.set_data_schemas(schemas_of({entry("*", "false")}));
  EXPECT_FALSE(validator.validate(event));
  validator.set_data_schemas(schemas_of({entry("*", "true")}));
  EXPECT_TRUE(validator.validate(event));
  validator.set_data_schemas(nullptr);
  EXPECT_TRUE(validator.validate(event));
}

TEST(DataSchemaFinder, RemembersTypesUpToABound) {
  DataSchemaFinder finder;
  EXPECT_EQ(finder.find("a"), nullptr);
  finder.set(schemas_of({entry("a*", "true")}));
  for (std::size_t i = 0; i < limits::data_schema_types_max; ++i)
    EXPECT_EQ(finder.find("b" + std::to_string(i)), nullptr);
  EXPECT_EQ(finder.remembered(), limits::data_schema_types_max);
  EXPECT_NE(finder.find("a"), nullptr);
  EXPECT_EQ(finder.remembered(), 1U);
  EXPECT_EQ(finder.find("a"), finder.find("ab"));
  EXPECT_NE(finder.find("a" + std::string(limits::pattern_bytes_max - 1, 'a')), nullptr);
  EXPECT_EQ(finder.remembered(), 3U);
  EXPECT_NE(finder.find("a" + std::string(limits::pattern_bytes_max, 'a')), nullptr);
  EXPECT_EQ(finder.remembered(), 3U);
}

TEST(DataSchemas, TheExampleTakesAnOrderAndSaysWhatIsWrongWithAnother) {
  std::ifstream file(ROOST_SOURCE_DIR "/schemas/example-order.schema.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto schemas = schemas_of({entry("*", text)});
  EXPECT_THAT(faults(schemas, typed_event(R"("data":{"order":"DE-1","items":[{"article":"a",)"
                                          R"("count":2,"price":5}],"tags":["x","y"]})")),
              IsEmpty());
  EXPECT_THAT(faults(schemas, typed_event(R"("data":{"order":"1","items":[{"article":"a",)"
                                          R"("count":0}],"tags":["x","x"]})")),
              testing::UnorderedElementsAre("/data/order", "/data/items/0/count", "/data/tags"));
}

}  // namespace
}  // namespace roost
