// [[data_schema]]: what a file says, and what a running server makes of it.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "server/config_data_schemas.hpp"
#include "server/running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::vector<std::string> schema_errors(const std::string& toml) {
  std::vector<std::string> errors;
  const ConfigResult result = parse_config(toml, "f.toml");
  if (result.has_error())
    for (const ConfigError& error : result.error()) errors.push_back(to_string(error));
  return errors;
}

TEST(DataSchemaConfig, NamesTypesAndAFileBesideTheConfiguration) {
  const Config config = parse_config(R"([[data_schema]]
type = "com.example.*"
schema = "order.json"
[[data_schema]]
type = ["a", "b"]
schema = "/etc/b.json"
required = false)",
                                     "/srv/roost.toml")
                            .value();
  EXPECT_THAT(config.data_schemas, ElementsAre(DataSchemaRule{{"com.example.*"}, "/srv/order.json"},
                                               DataSchemaRule{{"a", "b"}, "/etc/b.json", false}));
  EXPECT_EQ(config.data_schemas[1].line, 4);
}

TEST(DataSchemaConfig, NamesWhatIsWrong) {
  const std::string start = "[[data_schema]]\n";
  EXPECT_THAT(schema_errors(start + "type = \"a\""),
              ElementsAre("f.toml:1: data_schema[0]: schema is missing"));
  EXPECT_THAT(schema_errors(start + "schema = \"a\""),
              ElementsAre("f.toml:1: data_schema[0]: type is missing"));
  for (const char* wrong : {"type = 5", "type = []", "type = [5]", "schema = \"\"", "schema = 5",
                            "required = \"yes\""}) {
    std::string rest = std::string(wrong).starts_with("type") ? "schema = \"s\"" : "type = \"t\"";
    if (std::string(wrong).starts_with("required")) rest += "\nschema = \"s\"";
    EXPECT_THAT(schema_errors(start + wrong + "\n" + rest),
                ElementsAre(StartsWith("f.toml:2: data_schema[0].")))
        << wrong;
  }
  EXPECT_THAT(schema_errors(start + "type = \"a\"\nschema = \"s\"\nschemas = \"s\""),
              ElementsAre(HasSubstr("did you mean schema?")));
  EXPECT_THAT(schema_errors("[[data_schemas]]"),
              ElementsAre(HasSubstr("did you mean data_schema")));
  EXPECT_THAT(schema_errors("data_schema = 5"), ElementsAre(HasSubstr("[[data_schema]] entries")));
}

TEST(DataSchemaConfig, BoundsEntriesAndPatterns) {
  const auto errors = [](std::size_t entries, std::vector<std::string> types) {
    Config config;
    config.data_schemas.assign(entries, {std::move(types), "s.json"});
    return check_config(config);
  };
  const std::string longest(limits::pattern_bytes_max, 'a');
  EXPECT_THAT(errors(limits::data_schemas_max, {longest}), IsEmpty());
  EXPECT_THAT(errors(limits::data_schemas_max + 1, {"a"}), SizeIs(1));
  EXPECT_THAT(errors(1, {longest + "a"}), SizeIs(1));
  EXPECT_THAT(errors(1, {""}), SizeIs(1));
  EXPECT_THAT(errors(1, {}), SizeIs(1));
  EXPECT_THAT(errors(1, std::vector<std::string>(limits::patterns_max, "a")), IsEmpty());
  EXPECT_THAT(errors(1, std::vector<std::string>(limits::patterns_max + 1, "a")), SizeIs(1));
}

class DataSchemaServers : public Servers {
 protected:
  void SetUp() override {
    Servers::SetUp();
    std::string pattern = (std::filesystem::temp_directory_path() / "roost-ds-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write(R"({"type":"object","required":["a"]})");
    config_.data_schemas = {{{"com.example.*"}, file(), true, 3, "f.toml"}};
  }
  void TearDown() override {
    Servers::TearDown();
    std::filesystem::remove_all(folder_);
  }

  std::string file() const { return (folder_ / "s.json").string(); }
  void write(const std::string& text) { std::ofstream(file(), std::ios::binary) << text; }

  test::HttpReply post(const std::string& data) {
    return test::HttpClient(endpoint())
        .request("POST", "/api/topics/events:lobby/events",
                 {"Content-Type: application/cloudevents+json"}, event(data));
  }
  static std::string event(const std::string& data) {
    return R"({"specversion":"1.0","id":"1","source":"/s","type":"com.example.x","data":)" + data +
           "}";
  }
  ConfigErrors load_errors() const {
    const auto loaded = server::load_data_schemas(config_);
    return loaded ? ConfigErrors() : loaded.error();
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(DataSchemaServers, RefuseAnEventAtEachDoorForTheSameReason) {
  server().start();
  WsClient member = client();
  member.join(lobby);
  const test::HttpReply reply = post("{}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, StartsWith(R"({"reason":"data_schema_violation",)"));
  EXPECT_THAT(reply.body, HasSubstr(R"("path":"/data")"));
  member.push(lobby, "cloudevent", event("{}"));
  EXPECT_EQ(member.read_text(), answered(lobby, "error", reply.body));
  EXPECT_THAT(member.read_text(), HasSubstr(R"("error",{"reason":"data_schema_violation",)"));
  EXPECT_EQ(post(R"({"a":1})").status, 202);
  EXPECT_EQ(member.read_text(), delivered(lobby, "cloudevent", event(R"({"a":1})")));
}

TEST_F(DataSchemaServers, TakeOtherSchemasAtAReloadAndKeepTheOldOnesInsteadOfBrokenOnes) {
  server().start();
  EXPECT_EQ(post("{}").status, 400);
  write("{\"type\":");
  EXPECT_FALSE(server().reload(config_));
  await_log("reload refused");
  EXPECT_EQ(post("{}").status, 400);
  write("{}");
  EXPECT_TRUE(server().reload(config_));
  // The threads take the new ones when they come to it.
  for (int tries = 0; post("{}").status != 202; ++tries) ASSERT_LT(tries, 100'000);
}

TEST_F(DataSchemaServers, DoNotStartWithASchemaThatCannotBeUsed) {
  write(R"({"patternProperties":{"a":{}}})");
  EXPECT_THROW(server().start(), std::invalid_argument);
}

TEST_F(DataSchemaServers, SayWhichFileCannotBeUsedAndWhereItIsNamed) {
  write(R"({"items":{"$ref":"other.json"}})");
  ASSERT_THAT(load_errors(), SizeIs(1));
  EXPECT_THAT(to_string(load_errors().front()),
              testing::AllOf(StartsWith("f.toml:3: data_schema[0].schema: " + file()),
                             HasSubstr("other.json")));
  std::filesystem::remove(file());
  EXPECT_THAT(to_string(load_errors().front()), HasSubstr("cannot be read: No such file"));
}

TEST_F(DataSchemaServers, ReadFilesUpToABound) {
  const auto padded = [](std::size_t bytes) { return "{}" + std::string(bytes - 2, ' '); };
  write(padded(limits::data_schema_bytes_max));
  EXPECT_THAT(load_errors(), IsEmpty());
  write(padded(limits::data_schema_bytes_max + 1));
  EXPECT_THAT(to_string(load_errors().front()), HasSubstr("longer than 1048576"));
}

TEST(DataSchemaConfig, TheExampleCanBeUsed) {
  const Config config = load_config(ROOST_SOURCE_DIR "/config/data-schema.toml").value();
  EXPECT_TRUE(server::load_data_schemas(config));
}

}  // namespace
}  // namespace roost
