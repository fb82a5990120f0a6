// A script in a sandbox, as tests ask it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/lua_script.hpp"

namespace roost::auth {

class LuaBench : public testing::Test {
 protected:
  static constexpr const char* unauthorized = R"({"reason":"unauthorized"})";

  /// Advances by `step` whenever it is read.
  struct SteppedClock final : Clock {
    SteadyTime steady() const override { return now += step; }
    std::chrono::system_clock::time_point wall() const override { return {}; }
    mutable SteadyTime now;
    std::chrono::milliseconds step{0};
  };

  /// Loads `text`; why not is then in `error_`.
  bool load(std::string text) {
    source_.text = std::move(text);
    auto loaded = LuaScript::load(source_, {log_, clock_});
    error_ = loaded ? "" : loaded.error().message;
    script_ = loaded ? *std::move(loaded) : nullptr;
    return script_ != nullptr;
  }

  /// Asks for a join; nothing where that is an error, which is then in `error_`.
  std::optional<Decision> ask(std::string_view payload = "{}") {
    Question question;
    question.topic = "room:7";
    question.payload = Payload::json(payload);
    const std::vector<Capture> captures = {{"room", "7"}};
    question.captures = captures;
    question.connection = connection_;
    auto decision = script_->ask(question);
    error_ = decision ? "" : decision.error().message;
    if (!decision) return std::nullopt;
    return *std::move(decision);
  }

  /// The answer of a function with this body.
  std::optional<Decision> answer(const std::string& body, std::string_view payload = "{}") {
    if (!load("function may_join(request)\n" + body + "\nend")) return std::nullopt;
    return ask(payload);
  }

  /// True where the body says so; it may not fail.
  bool holds(const std::string& body, std::string_view payload = "{}") {
    const auto decision = answer(body, payload);
    EXPECT_TRUE(decision) << error_;
    return decision && decision->allows();
  }

  /// The error of a function with this body, which must have one.
  std::string error_of(const std::string& body, std::string_view payload = "{}") {
    EXPECT_FALSE(answer(body, payload)) << body;
    return error_;
  }

  std::shared_ptr<ConnectionInfo> connection_ = std::make_shared<ConnectionInfo>();
  std::vector<std::string> log_lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines_.emplace_back(line); }};
  SteppedClock clock_;
  LuaSource source_{
      "rules.lua", "", "may_join", {4 << 20, 1'000'000, std::chrono::milliseconds(100)}};
  std::unique_ptr<LuaScript> script_;
  std::string error_;
};

}  // namespace roost::auth
