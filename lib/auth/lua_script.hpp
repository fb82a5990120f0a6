// LuaScript: one script loaded into one state of Lua, and the function of it that
// decides. Used by one thread at a time.
#pragma once

#include <roost/authorize.hpp>

#include <lua.hpp>

#include <memory>
#include <string>

#include "auth/hook.hpp"
#include "auth/lua_guard.hpp"
#include "base/result.hpp"

namespace roost::auth {

/// What every state of a hook is loaded from.
struct LuaSource {
  std::string name;  ///< of the file, as errors have it
  std::string text;
  std::string function;
  LuaLimits limits;
};

class LuaScript {
 public:
  /// Runs the script, whose end has defined the function. `source` and `services`
  /// outlive what is made. The error has the script's file and line.
  static Result<std::unique_ptr<LuaScript>> load(const LuaSource& source,
                                                 const HookServices& services);

  /// What the function says. The error has file and line where they are known.
  Result<Decision> ask(const Question& question);

  /// False where a limit ended a call: what the script keeps may then be half
  /// done, or have filled the memory. Nothing more is asked of it.
  bool is_usable() const { return is_usable_; }

 private:
  LuaScript(const LuaSource& source, const HookServices& services);

  static int open(lua_State* lua);
  static int call(lua_State* lua);
  static int print(lua_State* lua);
  static int add_position(lua_State* lua);
  static LuaScript& of(lua_State* lua);

  /// Calls it with as many results, which then are all that is on the stack.
  int run(lua_CFunction what, int results);
  Result<Decision> decision(Question::Kind kind);
  /// Of the last call, which ended with `status`.
  Error error(int status);
  Error load_error(int status);

  struct Close {
    void operator()(lua_State* lua) const { lua_close(lua); }
  };

  const LuaSource& source_;
  Log& log_;
  LuaGuard guard_;
  std::unique_ptr<lua_State, Close> state_;
  std::string request_, scratch_;
  unsigned prints_ = 0;
  int function_ = LUA_NOREF;
  bool is_usable_ = true;
};

}  // namespace roost::auth
