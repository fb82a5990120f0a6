// Any bytes as a script, and as what a function answers to: it ends within its
// limits, whatever it does. Any JSON as a payload: a script that gives it back
// gives back JSON.
#include <roost/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "auth/lua_script.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace {

using roost::auth::LuaScript;
using roost::auth::LuaSource;

constexpr const char* echo = R"(
function echo(request) return {allow = true, response = {request.payload}} end)";

void demand(bool holds) {
  if (!holds) std::abort();
}

LuaSource source(std::string text, std::string function) {
  constexpr roost::auth::LuaLimits limits{1 << 20, 20'000, std::chrono::seconds(10)};
  return {"fuzz.lua", std::move(text), std::move(function), limits};
}

class Scripts {
 public:
  void run(const std::string& text) {
    const LuaSource script = source(text, "f");
    const auto loaded = LuaScript::load(script, services_);
    if (loaded) (*loaded)->ask(question(R"({"s":"a.b@c","n":[1,2.5,null]})"));
  }

  void give_back(std::string_view json) {
    const LuaSource script = source(echo, "echo");
    const auto loaded = LuaScript::load(script, services_);
    demand(loaded.has_value());
    const auto decision = (*loaded)->ask(question(json));
    if (decision) demand(roost::json::is_json(decision->response, roost::limits::json_levels_max));
  }

 private:
  roost::Question question(std::string_view payload) const {
    roost::Question question;
    question.topic = "room:7";
    question.payload = roost::Payload::json(payload);
    question.connection = connection_;
    return question;
  }

  roost::SystemClock clock_;
  roost::Log log_{roost::LogLevel::error, roost::LogFormat::json,
                  [](roost::LogLevel, std::string_view) {}};
  roost::auth::HookServices services_{log_, clock_, {}};
  std::shared_ptr<roost::ConnectionInfo> connection_ = std::make_shared<roost::ConnectionInfo>();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Scripts scripts;
  scripts.run(std::string(bytes));
  scripts.run("function f(request)\n" + std::string(bytes) + "\nend");
  if (roost::is_utf8(bytes) && roost::json::is_json(bytes, roost::limits::json_levels_max))
    scripts.give_back(bytes);
  return 0;
}
