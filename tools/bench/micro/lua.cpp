// A decision by a function in Lua: from the question to the answer.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "allocations.hpp"
#include "auth/lua_hook.hpp"

namespace roost::bench {
namespace {

constexpr const char* rules = R"(
function trivial(request) return true end
function by_claims(request)
  for _, room in ipairs(request.claims.rooms) do
    if room == request.captures.room then return true end
  end
  return false, "members_only"
end
function with_response(request)
  return {allow = true, response = {room = request.captures.room}}
end
)";

std::shared_ptr<auth::Hook> make(const char* function, const auth::HookServices& services) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "roost_micro_lua.lua";
  std::ofstream(file) << rules;
  AuthorizeRule rule;
  rule.options = {{"script", file.string()}, {"function", std::string(function)}};
  auto hook = auth::lua_kind.make(rule, services);
  std::filesystem::remove(file);
  return hook.value();
}

void decide(benchmark::State& state, const char* function) {
  Log log(LogLevel::warn, LogFormat::json);
  const SystemClock clock;
  const auto hook = make(function, {log, clock});
  auto connection = std::make_shared<ConnectionInfo>();
  connection->user = "5f1e7b3c-user";
  connection->claims_json = R"({"sub":"5f1e7b3c-user","rooms":["lobby","7"],"exp":1800000800})";
  connection->peer = "192.0.2.1:50123";
  const std::vector<Capture> captures = {{"room", "7"}};
  Question question;
  question.topic = "events:room:7";
  question.payload = Payload::json(R"({"nick":"Ann"})");
  question.captures = captures;
  question.connection = connection;
  const channel::MakeAnswer no_answer = []() -> Answer { std::abort(); };
  const AllocationCounter counter(state);
  for (auto _ : state)
    if (!hook->ask(question, no_answer)->allows()) std::abort();
}
BENCHMARK_CAPTURE(decide, lua_trivial, "trivial");
BENCHMARK_CAPTURE(decide, lua_by_claims, "by_claims");
BENCHMARK_CAPTURE(decide, lua_with_response, "with_response");

}  // namespace
}  // namespace roost::bench
