#include "auth/lua_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

namespace roost::auth {
namespace {

using testing::HasSubstr;

class LuaHooks : public testing::Test {
 protected:
  LuaHooks()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("roost_lua_" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
  }
  ~LuaHooks() override { std::filesystem::remove_all(folder_); }

  /// Why it cannot be made; "" where it can.
  std::string error_of(const std::string& script, std::map<std::string, HookOption> options = {}) {
    std::ofstream(folder_ / "rules.lua") << script;
    return error_of_file("rules.lua", std::move(options));
  }
  std::string error_of_file(const std::string& name,
                            std::map<std::string, HookOption> options = {}) {
    AuthorizeRule rule;
    rule.file = folder_ / "roost.toml";
    rule.options = std::move(options);
    rule.options["script"] = name;
    rule.options["function"] = std::string("may_join");
    auto hook = lua_kind.make(rule, {log_, clock_});
    hook_ = hook ? *std::move(hook) : nullptr;
    return hook_ ? "" : hook.error().message;
  }

  Decision ask(const std::string& payload = "{}") {
    Question question;
    question.topic = "room:7";
    question.payload = Payload::json(payload);
    question.connection = std::make_shared<ConnectionInfo>();
    const auto decision = hook_->ask(question, [] {
      ADD_FAILURE() << "it answers later";
      return Answer([](Decision) {});
    });
    EXPECT_TRUE(decision);
    return decision.value_or(Decision::deny());
  }

  std::filesystem::path folder_;
  SystemClock clock_;
  std::vector<std::string> log_lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines_.emplace_back(line); }};
  std::shared_ptr<Hook> hook_;
};

TEST_F(LuaHooks, DecideAtOnce) {
  ASSERT_EQ(error_of("function may_join(request) return request.payload.ok end"), "");
  EXPECT_TRUE(ask(R"({"ok":true})").allows());
  EXPECT_FALSE(ask(R"({"ok":false})").allows());
  EXPECT_TRUE(log_lines_.empty());
}

TEST_F(LuaHooks, LogWhatFailsAndDeny) {
  ASSERT_EQ(error_of("function may_join(request)\n  return request.payload.a.b\nend"), "");
  const Decision decision = ask();
  EXPECT_FALSE(decision.allows());
  EXPECT_EQ(decision.response, R"({"reason":"unauthorized"})");
  EXPECT_THAT(decision.log_reason, HasSubstr("rules.lua:2: attempt to index a nil value"));
  ASSERT_EQ(log_lines_.size(), 1U);
  for (const char* part : {"lua hook failed", R"("topic":"room:7")", "rules.lua:2: "})
    EXPECT_THAT(log_lines_.front(), HasSubstr(part));
}

TEST_F(LuaHooks, BeginAnewAfterALimit) {
  ASSERT_EQ(error_of(R"(
    local calls = 0
    function may_join(request)
      calls = calls + 1
      while request.payload.endless do end
      return {allow = true, response = {calls = calls}}
    end)"),
            "");
  EXPECT_EQ(ask().response, R"({"calls":1})");
  EXPECT_EQ(ask().response, R"({"calls":2})");
  EXPECT_FALSE(ask(R"({"endless":true})").allows());
  EXPECT_EQ(ask().response, R"({"calls":1})");
}

TEST_F(LuaHooks, HaveAStateForEachThread) {
  ASSERT_EQ(error_of(R"(
    local calls = 0
    function may_join()
      calls = calls + 1
      return {allow = true, response = {calls = calls}}
    end)"),
            "");
  EXPECT_EQ(ask().response, R"({"calls":1})");
  std::thread([this] { EXPECT_EQ(ask().response, R"({"calls":1})"); }).join();
  EXPECT_EQ(ask().response, R"({"calls":2})");
}

TEST_F(LuaHooks, AreAskedOnManyThreadsAtOnce) {
  ASSERT_EQ(error_of("function may_join(request) return request.payload.ok end"), "");
  std::vector<std::thread> threads;
  // More than there are slots for, so that some share one.
  for (unsigned i = 0; i < limits::threads_max + 8; ++i)
    threads.emplace_back([this] {
      for (int calls = 0; calls < 20; ++calls) EXPECT_TRUE(ask(R"({"ok":true})").allows());
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(LuaHooks, AreNotMadeOfAScriptThatFails) {
  EXPECT_THAT(error_of("function may_join(\n"), HasSubstr("rules.lua:2: "));
  EXPECT_EQ(error_of(""), "rules.lua defines no function may_join");
  EXPECT_THAT(error_of("while true do end"), HasSubstr("more than 1000000 instructions"));
  EXPECT_THAT(error_of_file("no_such.lua"), HasSubstr("cannot open no_such.lua: No such file"));
  EXPECT_THAT(error_of_file("."), HasSubstr("cannot read .: "));
}

TEST_F(LuaHooks, AreMadeOfScriptsOfAMegabyteAndNoMore) {
  std::string script = "function may_join() return true end --";
  script.resize(limits::lua_script_bytes_max, '-');
  EXPECT_EQ(error_of(script), "");
  EXPECT_EQ(error_of(script + '-'), "rules.lua is over 1048576 bytes");
}

TEST_F(LuaHooks, HaveTheLimitsOfTheirEntry) {
  const std::string busy = "function may_join() for i = 1, 100000 do end return true end";
  ASSERT_EQ(error_of(busy), "");
  EXPECT_TRUE(ask().allows());
  ASSERT_EQ(error_of(busy, {{"max_instructions", std::int64_t{1000}}}), "");
  EXPECT_THAT(ask().log_reason, HasSubstr("rules.lua:1: more than 1000 instructions"));

  const std::string hungry = "function may_join() local s = ('x'):rep(200000) return true end";
  ASSERT_EQ(error_of(hungry), "");
  EXPECT_TRUE(ask().allows());
  ASSERT_EQ(error_of(hungry, {{"max_memory", std::int64_t{256 << 10}}}), "");
  EXPECT_THAT(ask().log_reason, HasSubstr("rules.lua:1: more than 262144 bytes of memory"));

  ASSERT_EQ(
      error_of("function may_join() while true do end end",
               {{"max_instructions", std::int64_t{1'000'000'000}}, {"max_time", std::int64_t{1}}}),
      "");
  EXPECT_THAT(ask().log_reason, HasSubstr("rules.lua:1: longer than 1 ms"));
}

}  // namespace
}  // namespace roost::auth
