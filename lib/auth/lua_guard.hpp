// LuaGuard: what a script may use up in one call: memory, instructions, time.
//
// Memory and instructions are counted exactly. Since no instruction is counted
// while a C function runs, what such a function does is paid for: memory as it
// is allocated, work by charge(). Time is looked at now and then, for what is
// left: single instructions that take long, such as comparing long strings, or
// reading a number of one. Where there are long strings it is looked at more
// often.
//
// What is over a limit ends the call, whatever the script does about it: an
// error that pcall() caught comes again at the next instruction.
#pragma once

#include <lua.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "base/clock.hpp"

namespace roost::auth {

struct LuaLimits {
  std::size_t memory_bytes_max = 0;  ///< of one state, the script and its data included
  std::int64_t instructions_max = 0;
  std::chrono::milliseconds time_max{0};
};

class LuaGuard {
 public:
  enum class Limit : std::uint8_t { none, memory, instructions, time };

  /// `clock` outlives it.
  LuaGuard(const LuaLimits& limits, const Clock& clock) : limits_(limits), clock_(clock) {}
  LuaGuard(const LuaGuard&) = delete;
  LuaGuard& operator=(const LuaGuard&) = delete;

  /// The lua_Alloc of a state, with the guard as its `self`.
  static void* allocate(void* self, void* block, std::size_t old_bytes, std::size_t new_bytes);
  /// That of a state which allocates so.
  static LuaGuard& of(lua_State* lua);

  /// The script runs from here: nothing of its limits is used.
  void begin(lua_State* lua);
  /// The server itself is at work, as it is at first: memory alone is bounded.
  void pause(lua_State* lua);
  /// For the work of as many instructions, by whom `lua` calls. Raises a Lua error
  /// where that is over the limit.
  static void charge(lua_State* lua, std::uint64_t instructions);
  /// Says that memory was not enough, though the script caught the error.
  void set_memory_exceeded();

  Limit exceeded() const { return exceeded_; }
  /// For people, with file and line where they are known; empty where no limit
  /// was exceeded.
  std::string message() const;
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  static void on_count(lua_State* lua, lua_Debug* now);
  void refuse_memory();
  void pay(std::uint64_t instructions);
  void exceed(Limit limit);
  std::string position() const;
  [[noreturn]] void raise(lua_State* lua);
  void count_on(lua_State* lua);

  static constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

  LuaLimits limits_;
  const Clock& clock_;
  lua_State* running_ = nullptr;  // null: the server itself is at work
  std::size_t memory_bytes_ = 0;
  std::size_t longest_string_bytes_ = 0;  // of those that ever were
  std::int64_t work_left_ = unbounded;    // in parts of an instruction
  int counted_ = 0;                       // instructions until the next look
  SteadyTime deadline_;
  Limit exceeded_ = Limit::none;
  std::string where_;
  std::string refused_at_;  // where memory was refused the last time
};

/// The innermost line of a script that runs. A C function stands on no line; who
/// called it does. False where nothing of a script runs. Raises no error.
bool find_line(lua_State* lua, lua_Debug& frame);

}  // namespace roost::auth
