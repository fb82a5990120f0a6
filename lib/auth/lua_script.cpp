#include "auth/lua_script.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "auth/hook_json.hpp"
#include "auth/lua_sandbox.hpp"
#include "auth/lua_values.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::auth {

LuaScript::LuaScript(const LuaSource& source, const HookServices& services)
    : source_(source), log_(services.log), guard_(source.limits, services.clock) {
  state_.reset(lua_newstate(LuaGuard::allocate, &guard_));
  if (state_) *static_cast<LuaScript**>(lua_getextraspace(state_.get())) = this;
}

LuaScript& LuaScript::of(lua_State* lua) {
  return **static_cast<LuaScript**>(lua_getextraspace(lua));
}

Result<std::unique_ptr<LuaScript>> LuaScript::load(const LuaSource& source,
                                                   const HookServices& services) {
  std::unique_ptr<LuaScript> script(new LuaScript(source, services));
  lua_State* const lua = script->state_.get();
  if (lua == nullptr) return Error{"not enough memory"};
  const int status = script->run(open, 0);
  if (status != LUA_OK || script->guard_.exceeded() != LuaGuard::Limit::none)
    return script->load_error(status);
  return script;
}

int LuaScript::run(lua_CFunction what, int results) {
  lua_State* const lua = state_.get();
  guard_.pause(lua);
  lua_settop(lua, 0);
  lua_pushcfunction(lua, add_position);
  lua_pushcfunction(lua, what);
  const int status = lua_pcall(lua, 0, results, 1);
  lua_remove(lua, 1);
  return status;
}

// Errors of Lua leave the functions that it calls by a jump: nothing in them may
// have a destructor.

/// Errors that are no text, or say no line, come from error() alone.
int LuaScript::add_position(lua_State* lua) {
  lua_Debug frame;
  if (LuaGuard::of(lua).exceeded() != LuaGuard::Limit::none || !find_line(lua, frame)) return 1;
  if (lua_type(lua, 1) != LUA_TSTRING) {
    lua_pushfstring(lua, "%s:%d: the error is a %s", frame.short_src, frame.currentline,
                    luaL_typename(lua, 1));
  } else if (!std::string_view(lua_tostring(lua, 1)).starts_with(frame.short_src)) {
    lua_pushfstring(lua, "%s:%d: %s", frame.short_src, frame.currentline, lua_tostring(lua, 1));
  }
  return 1;
}

int LuaScript::open(lua_State* lua) {
  LuaScript& script = of(lua);
  const LuaSource& source = script.source_;
  open_sandbox(lua, print);
  lua_pushfstring(lua, "@%s", source.name.c_str());
  // "t": text alone, for nobody checks bytecode.
  if (luaL_loadbufferx(lua, source.text.data(), source.text.size(), lua_tostring(lua, -1), "t") !=
      LUA_OK)
    return lua_error(lua);
  script.guard_.begin(lua);
  lua_call(lua, 0, 0);
  script.guard_.pause(lua);
  lua_pushglobaltable(lua);
  lua_pushlstring(lua, source.function.data(), source.function.size());
  if (lua_rawget(lua, -2) != LUA_TFUNCTION)
    return luaL_error(lua, "%s defines no function %s", source.name.c_str(),
                      source.function.c_str());
  script.function_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  seal_globals(lua);
  return 0;
}

int LuaScript::call(lua_State* lua) {
  LuaScript& script = of(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, script.function_);
  push_json(lua, script.request_, script.scratch_);
  script.guard_.begin(lua);
  lua_call(lua, 1, 2);
  return 2;
}

int LuaScript::print(lua_State* lua) {
  LuaScript& script = of(lua);
  if (script.prints_ == limits::lua_prints_max) return 0;
  ++script.prints_;
  const int count = lua_gettop(lua);
  luaL_Buffer line;
  luaL_buffinit(lua, &line);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) luaL_addchar(&line, ' ');
    luaL_tolstring(lua, i, nullptr);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, -1, &size);
  script.log_.info("lua print",
                   {{"script", script.source_.name}, {"text", std::string_view(text, size)}});
  return 0;
}

Result<Decision> LuaScript::ask(const Question& question) {
  request_ = question_to_json(question);
  scratch_.reserve(request_.size());
  prints_ = 0;
  const int status = run(call, 2);
  if (status != LUA_OK || guard_.exceeded() != LuaGuard::Limit::none) return error(status);
  return decision(question.kind);
}

Result<Decision> LuaScript::decision(Question::Kind kind) {
  lua_State* const lua = state_.get();
  std::string answer;
  switch (lua_type(lua, 1)) {
    case LUA_TBOOLEAN:
      if (lua_toboolean(lua, 1) != 0) return Decision::allow();
      [[fallthrough]];
    case LUA_TNIL:
      if (lua_isnil(lua, 2)) return Decision::deny("unauthorized", "the function said no");
      if (lua_type(lua, 2) != LUA_TSTRING)
        return Error{fmt::format("{} answered a {} as the reason; expected a string",
                                 source_.function, luaL_typename(lua, 2))};
      if (auto reason = to_json(lua, 2, limits::hook_answer_bytes_max); reason)
        answer = R"({"allow":false,"reason":)" + *reason + "}";
      else
        return Error{"the reason: " + reason.error().message};
      break;
    case LUA_TTABLE:
      if (auto table = to_json(lua, 1, limits::hook_answer_bytes_max); table)
        answer = *std::move(table);
      else
        return Error{"the answer: " + table.error().message};
      break;
    default:
      return Error{fmt::format("{} answered a {}; expected a boolean, nil or a table",
                               source_.function, luaL_typename(lua, 1))};
  }
  return decision_from_json(answer, kind);
}

/// Errors of what is no program yet may say no file.
Error LuaScript::load_error(int status) {
  Error why = error(status);
  if (why.message.find(source_.name) != std::string::npos) return why;
  return Error{fmt::format("{}: {}", source_.name, why.message)};
}

Error LuaScript::error(int status) {
  if (status == LUA_ERRMEM) guard_.set_memory_exceeded();
  if (guard_.exceeded() != LuaGuard::Limit::none) {
    is_usable_ = false;
    return Error{fmt::format("{}: {}", source_.function, guard_.message())};
  }
  lua_State* const lua = state_.get();
  if (lua_type(lua, -1) != LUA_TSTRING)
    return Error{fmt::format("{}: the error is a {}", source_.function, luaL_typename(lua, -1))};
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, -1, &size);
  if (!is_utf8({text, size})) return Error{"the error is no UTF-8"};
  return Error{{text, std::min<std::size_t>(size, limits::hook_text_bytes_max)}};
}

}  // namespace roost::auth
