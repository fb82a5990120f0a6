#include "auth/library_hook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace roost::auth {
namespace {

using testing::HasSubstr;
using Rule = AuthorizeRule;

constexpr auto long_enough = std::chrono::seconds(20);

/// A thread for each call.
class Threads final : public BlockingRunner {
 public:
  ~Threads() override {
    for (std::thread& thread : threads_) thread.join();
  }
  Taken run(std::function<void()> what) override {
    if (is_full) return Taken::full;
    threads_.emplace_back(std::move(what));
    return Taken::yes;
  }
  bool is_full = false;

 private:
  std::vector<std::thread> threads_;
};

class LibraryHooks : public testing::Test {
 protected:
  static std::string path_of(const std::string& name) {
    return std::string(ROOST_PLUGINS) + "/" + name + ".so";
  }

  Result<std::shared_ptr<Hook>> made(const std::string& library,
                                     std::map<std::string, HookOption> options = {}) {
    Rule rule;
    rule.options = std::move(options);
    rule.options["library"] = library;
    return library_kind.make(rule,
                             {log_, clock_, [this]() -> BlockingRunner& { return threads_; }});
  }
  bool make(const std::string& name, std::map<std::string, HookOption> options = {}) {
    auto hook = made(path_of(name), std::move(options));
    EXPECT_TRUE(hook.has_value()) << (hook ? "" : hook.error().message);
    hook_ = hook ? *std::move(hook) : nullptr;
    return hook_ != nullptr;
  }
  std::string error_of(const std::string& library, std::map<std::string, HookOption> options = {}) {
    const auto hook = made(library, std::move(options));
    return hook ? "" : hook.error().message;
  }

  using Decisions = std::future<Decision>;
  /// What it will answer. It is wanted until `wanted_` turns.
  Decisions asked(const std::string& topic) {
    auto promise = std::make_shared<std::promise<Decision>>();
    Decisions future = promise->get_future();
    Question question;
    question.topic = topic;
    question.connection = std::make_shared<ConnectionInfo>();
    const auto at_once = hook_->ask(question, [&] {
      return Answer([promise](Decision one) { promise->set_value(std::move(one)); }, wanted_);
    });
    EXPECT_FALSE(at_once);
    return future;
  }
  static Decision answer_of(Decisions future) {
    if (future.wait_for(long_enough) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no answer";
    return {};
  }
  Decision ask(const std::string& topic) { return answer_of(asked(topic)); }

  std::shared_ptr<std::atomic<bool>> wanted_ = std::make_shared<std::atomic<bool>>(true);
  SystemClock clock_;
  std::vector<std::string> log_lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines_.emplace_back(line); }};
  std::shared_ptr<Hook> hook_;
  Threads threads_;
};

TEST_F(LibraryHooks, AnswerAtOnce) {
  ASSERT_TRUE(make("plugin"));
  const Decision decision = ask("room:x");
  EXPECT_FALSE(decision.allows());
  EXPECT_EQ(decision.response, R"({"reason":"not_here"})");
}

TEST_F(LibraryHooks, AnswerOnceOnly) {
  ASSERT_TRUE(make("plugin"));
  EXPECT_TRUE(ask("room:twice").allows());
  EXPECT_TRUE(ask("room:twice").allows());
}

TEST_F(LibraryHooks, AnswerLaterFromAThreadOfTheirOwn) {
  ASSERT_TRUE(make("plugin"));
  std::vector<Decisions> all;
  for (int i = 0; i < 50; ++i) all.push_back(asked("room:later"));
  for (Decisions& one : all) EXPECT_TRUE(answer_of(std::move(one)).allows());
}

TEST_F(LibraryHooks, DenyByWhatIsNoAnswer) {
  ASSERT_TRUE(make("plugin"));
  for (const char* topic : {"room:broken", "room:nothing"}) {
    log_lines_.clear();
    const Decision decision = ask(topic);
    EXPECT_FALSE(decision.allows());
    EXPECT_THAT(decision.log_reason, HasSubstr("the answer is no JSON"));
    ASSERT_EQ(log_lines_.size(), 1U);
    EXPECT_THAT(log_lines_.front(), HasSubstr("library hook failed"));
    EXPECT_THAT(log_lines_.front(), HasSubstr("plugin.so"));
  }
}

TEST_F(LibraryHooks, DenyByAnException) {
  ASSERT_TRUE(make("plugin"));
  EXPECT_EQ(ask("room:throws").log_reason, "it threw an exception");
  ASSERT_TRUE(make("plugin_blocks"));
  EXPECT_EQ(ask("room:throws").log_reason, "it threw an exception");
}

TEST_F(LibraryHooks, KnowWhichQuestionsAreWanted) {
  ASSERT_TRUE(make("plugin"));
  EXPECT_EQ(ask("room:wanted").response, R"({"n":10})");
}

TEST_F(LibraryHooks, AreToldOfQuestionsThatNobodyWaitsForAnyMore) {
  ASSERT_TRUE(make("plugin", {{"max_waiting", std::int64_t{4}}}));
  std::vector<Decisions> never;
  for (int i = 0; i < 3; ++i) never.push_back(asked("room:never"));
  EXPECT_EQ(ask("room:cancelled").response, R"({"n":0})");
  *wanted_ = false;
  wanted_ = std::make_shared<std::atomic<bool>>(true);
  EXPECT_EQ(ask("room:cancelled").response, R"({"n":3})");
  for (Decisions& one : never) EXPECT_FALSE(answer_of(std::move(one)).allows());
}

TEST_F(LibraryHooks, HaveSoManyQuestionsWaitAndNoMore) {
  constexpr int most = 10;
  ASSERT_TRUE(make("plugin", {{"max_waiting", std::int64_t{most}}}));
  std::vector<Decisions> never;
  for (int i = 0; i < most - 1; ++i) never.push_back(asked("room:never"));
  EXPECT_TRUE(ask("room:later").allows());
  never.push_back(asked("room:never"));
  const Decision refused = ask("room:later");
  EXPECT_FALSE(refused.allows());
  EXPECT_THAT(refused.log_reason, HasSubstr("has 10 questions to answer"));
  // When they are not wanted any more, there is room again.
  *wanted_ = false;
  wanted_ = std::make_shared<std::atomic<bool>>(true);
  EXPECT_TRUE(ask("room:later").allows());
}

TEST_F(LibraryHooks, AreAskedOnAThreadThatMayBlockWhereTheySayThatTheyDo) {
  ASSERT_TRUE(make("plugin"));
  EXPECT_EQ(ask("room:thread").response, R"({"n":1})");
  ASSERT_TRUE(make("plugin_blocks"));
  EXPECT_EQ(ask("room:thread").response, R"({"n":0})");
}

TEST_F(LibraryHooks, DenyWhereTooManyBlockingCallsWait) {
  ASSERT_TRUE(make("plugin_blocks"));
  threads_.is_full = true;
  EXPECT_EQ(ask("room:thread").log_reason, "too many calls of blocking hooks wait");
}

TEST_F(LibraryHooks, AreNotAskedWhatNobodyWaitsForAnyMore) {
  ASSERT_TRUE(make("plugin_blocks"));
  *wanted_ = false;
  EXPECT_FALSE(ask("room:twice").allows());
}

TEST_F(LibraryHooks, AreFreedOnceAndMayAnswerUntilThen) {
  std::atomic<int> freed = 0;
  ASSERT_TRUE(
      make("plugin",
           {{"config", "freed: " + std::to_string(reinterpret_cast<std::uintptr_t>(&freed))}}));
  Decisions at_free = asked("room:at_free");
  Decisions never = asked("room:never");
  EXPECT_EQ(freed, 0);
  hook_.reset();
  EXPECT_EQ(freed, 1);
  EXPECT_TRUE(answer_of(std::move(at_free)).allows());
  EXPECT_FALSE(answer_of(std::move(never)).allows());
}

TEST_F(LibraryHooks, CannotBeMadeOfWhatIsNoPlugin) {
  EXPECT_THAT(error_of(path_of("no_such")), HasSubstr("cannot load " + path_of("no_such")));
  EXPECT_THAT(error_of(std::string(ROOST_SOURCE_DIR) + "/README.md"), HasSubstr("cannot load"));
  EXPECT_THAT(error_of(path_of("plugin_no_entry")),
              HasSubstr("plugin_no_entry.so does not export roost_plugin_entry"));
  EXPECT_THAT(error_of(path_of("plugin_gives_nothing")), HasSubstr("gives nothing"));
  EXPECT_THAT(error_of(path_of("plugin_other_version")),
              HasSubstr("is made for version 2 of roost/plugin.h, and this is version 1"));
  EXPECT_THAT(error_of(path_of("plugin_other_flags")), HasSubstr("has flags that version 1"));
  EXPECT_THAT(error_of(path_of("plugin_no_ask")), HasSubstr("lacks init, ask or free"));
}

TEST_F(LibraryHooks, CannotBeMadeWhereTheirInitFails) {
  EXPECT_THAT(error_of(path_of("plugin"), {{"config", std::string("fail: no database")}}),
              HasSubstr("plugin.so: no database"));
  EXPECT_THAT(error_of(path_of("plugin"), {{"config", std::string("fail")}}),
              HasSubstr("plugin.so: init() failed"));
  EXPECT_THAT(error_of(path_of("plugin"), {{"config", std::string("throw")}}),
              HasSubstr("plugin.so: init() threw"));
  EXPECT_THAT(error_of(path_of("plugin"), {{"config", "fail: " + std::string(10'000, 'x')}}),
              HasSubstr("xxx"));
}

TEST_F(LibraryHooks, CannotBlockWhereThereAreNoThreadsForIt) {
  Rule rule;
  rule.options["library"] = path_of("plugin_blocks");
  const auto hook = library_kind.make(rule, {log_, clock_});
  ASSERT_TRUE(hook.has_error());
  EXPECT_THAT(hook.error().message, HasSubstr("there are no threads for that"));
}

TEST_F(LibraryHooks, AreLookedForBesideTheConfiguration) {
  Rule rule;
  rule.file = std::string(ROOST_PLUGINS) + "/roost.toml";
  rule.options["library"] = std::string("plugin.so");
  EXPECT_TRUE(library_kind.make(rule, {log_, clock_}).has_value());
  // Never where the loader looks for the system's libraries.
  rule.file = "roost.toml";
  rule.options["library"] = std::string("libc.so.6");
  const auto hook = library_kind.make(rule, {log_, clock_});
  ASSERT_TRUE(hook.has_error());
  EXPECT_THAT(hook.error().message, HasSubstr("cannot load libc.so.6"));
}

TEST_F(LibraryHooks, AreMadeAnewOfAFileThatWasReplaced) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("roost_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "rules.so";
  std::filesystem::copy_file(path_of("plugin"), path);
  const auto old = made(path);
  ASSERT_TRUE(old.has_value());
  // The way of install(1) and mv(1): another file of the same name.
  std::filesystem::copy_file(path_of("plugin_other_version"), folder / "new.so");
  std::filesystem::rename(folder / "new.so", path);
  EXPECT_THAT(error_of(path), HasSubstr("is made for version 2"));
  hook_ = *old;
  EXPECT_TRUE(ask("room:twice").allows());
  hook_.reset();
  std::filesystem::remove_all(folder);
}

TEST_F(LibraryHooks, HaveAnExampleThatWorks) {
  ASSERT_TRUE(make("example_plugin", {{"config", std::string("members_only")}}));
  EXPECT_TRUE(ask("events:library:lobby").allows());
  EXPECT_EQ(ask("events:library:staff").response, R"({"reason":"members_only"})");
  EXPECT_THAT(ask("events:library:broken").log_reason, HasSubstr("no JSON"));
  EXPECT_THAT(error_of(path_of("example_plugin"), {{"config", std::string("\"")}}),
              HasSubstr("expected at most 64 bytes"));
}

}  // namespace
}  // namespace roost::auth
