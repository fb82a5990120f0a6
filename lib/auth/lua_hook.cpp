#include "auth/lua_hook.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "auth/lua_script.hpp"

namespace roost::auth {

namespace {

/// A number of its own for each thread, so that each finds its own state again.
unsigned thread_number() {
  static std::atomic<unsigned> threads = 0;
  thread_local const unsigned number = threads++;
  return number;
}

/// Loaded scripts that nobody uses right now. Threads find their own again, and
/// where there are too many threads for that, any that is free.
class LuaScripts {
 public:
  LuaScripts() = default;
  LuaScripts(const LuaScripts&) = delete;
  LuaScripts& operator=(const LuaScripts&) = delete;
  ~LuaScripts() {
    for (auto& slot : slots_) delete slot.load();
  }

  /// Null where there is none.
  std::unique_ptr<LuaScript> take() { return std::unique_ptr<LuaScript>(own().exchange(nullptr)); }
  void put_back(std::unique_ptr<LuaScript> script) {
    // One that lies there is another thread's, with the same slot.
    const std::unique_ptr<LuaScript> other(own().exchange(script.release()));
  }

 private:
  std::atomic<LuaScript*>& own() { return slots_[thread_number() % slots_.size()]; }

  std::array<std::atomic<LuaScript*>, limits::threads_max> slots_ = {};
};

class LuaHook final : public Hook {
 public:
  LuaHook(LuaSource source, HookServices services)
      : source_(std::move(source)), services_(std::move(services)) {}

  /// Loads the script for this thread.
  std::optional<Error> load() {
    auto script = LuaScript::load(source_, services_);
    if (!script) return script.error();
    scripts_.put_back(*std::move(script));
    return std::nullopt;
  }

  std::optional<Decision> ask(const Question& question, const channel::MakeAnswer&) override {
    std::unique_ptr<LuaScript> script = scripts_.take();
    if (!script) {
      auto loaded = LuaScript::load(source_, services_);
      if (!loaded) return failed(question, loaded.error());
      script = *std::move(loaded);
    }
    auto decision = script->ask(question);
    if (script->is_usable()) scripts_.put_back(std::move(script));
    if (!decision) return failed(question, decision.error());
    return *std::move(decision);
  }

 private:
  Decision failed(const Question& question, const Error& error) {
    services_.log.error("lua hook failed", {{"script", source_.name},
                                            {"function", source_.function},
                                            {"topic", question.topic},
                                            {"error", error.message}});
    return Decision::deny("unauthorized", error.message);
  }

  LuaSource source_;
  HookServices services_;
  LuaScripts scripts_;
};

constexpr std::int64_t lua_instructions_default = 1'000'000;
constexpr std::int64_t lua_memory_default = 4 << 20;
constexpr std::int64_t lua_time_default_ms = 100;

constexpr std::array lua_keys = {
    HookKey{"script", HookKey::Shape::text, HookKey::Presence::required,
            R"(the file of a script, such as "rules.lua")"},
    HookKey{"function", HookKey::Shape::text, HookKey::Presence::required,
            R"(the name of a function of the script, such as "may_join")"},
    HookKey{"max_instructions", HookKey::Shape::number, HookKey::Presence::optional,
            "a number from 1000 to 1000000000", 1000, 1'000'000'000},
    HookKey{"max_memory", HookKey::Shape::size, HookKey::Presence::optional,
            R"(a size from "256KiB" to "1GiB")", 256 << 10, 1 << 30},
    HookKey{"max_time", HookKey::Shape::duration, HookKey::Presence::optional,
            R"(a duration from "1ms" to "10s")", 1, 10'000},
};

Result<std::string> read_script(const std::string& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  std::string text(limits::lua_script_bytes_max + 1, '\0');
  if (!file) return Error{fmt::format("cannot open {}: {}", name, std::strerror(errno))};
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Error{fmt::format("cannot read {}: {}", name, std::strerror(errno))};
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > limits::lua_script_bytes_max)
    return Error{fmt::format("{} is over {} bytes", name, limits::lua_script_bytes_max)};
  return {boost::system::in_place_value, std::move(text)};
}

Result<std::shared_ptr<Hook>> make_lua_hook(const AuthorizeRule& rule,
                                            const HookServices& services) {
  LuaSource source;
  source.name = option<std::string>(rule, "script");
  source.function = option<std::string>(rule, "function");
  source.limits.memory_bytes_max =
      static_cast<std::size_t>(option<std::int64_t>(rule, "max_memory", lua_memory_default));
  source.limits.instructions_max = option(rule, "max_instructions", lua_instructions_default);
  source.limits.time_max =
      std::chrono::milliseconds(option<std::int64_t>(rule, "max_time", lua_time_default_ms));
  auto text = read_script(file_option(rule, "script"), source.name);
  if (!text) return text.error();
  source.text = *std::move(text);
  auto hook = std::make_shared<LuaHook>(std::move(source), services);
  if (auto error = hook->load()) return *std::move(error);
  return std::shared_ptr<Hook>(std::move(hook));
}

}  // namespace

const HookKind lua_kind = {"lua", lua_keys, make_lua_hook};

}  // namespace roost::auth
