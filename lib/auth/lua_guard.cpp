#include "auth/lua_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace roost::auth {

namespace {
// To allocate and fill so many bytes takes about as long as an instruction.
constexpr std::int64_t parts = 64;
// How often the clock is looked at. One instruction may read the longest string
// there is, so that fewer stand between two looks where it is long: what they
// read takes a millisecond or two.
constexpr std::size_t instructions_between_looks_max = 128;
constexpr std::size_t bytes_between_looks = std::size_t{512} << 10;
}  // namespace

LuaGuard& LuaGuard::of(lua_State* lua) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  return *static_cast<LuaGuard*>(self);
}

void* LuaGuard::allocate(void* self, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  LuaGuard& guard = *static_cast<LuaGuard*>(self);
  // Without a block Lua says there what kind of object it wants one for.
  const bool is_string = block == nullptr && old_bytes == LUA_TSTRING;
  if (block == nullptr) old_bytes = 0;
  if (new_bytes == 0) {
    std::free(block);
    guard.memory_bytes_ -= old_bytes;
    return nullptr;
  }
  // What shrinks must succeed.
  if (new_bytes > old_bytes) {
    const std::size_t others = guard.memory_bytes_ - old_bytes;
    if (new_bytes > guard.limits_.memory_bytes_max - others) {
      guard.refuse_memory();
      return nullptr;
    }
    guard.work_left_ -= static_cast<std::int64_t>(new_bytes);
    if (guard.work_left_ < 0) {
      guard.exceed(Limit::instructions);
      return nullptr;
    }
  }
  void* const moved = std::realloc(block, new_bytes);
  if (moved == nullptr) return nullptr;
  guard.memory_bytes_ += new_bytes - old_bytes;
  if (is_string) guard.longest_string_bytes_ = std::max(guard.longest_string_bytes_, new_bytes);
  return moved;
}

// Lua now walks over all that it has, to free what it can, and asks again. It
// would do so at every allocation of a script that keeps just below the limit.
void LuaGuard::refuse_memory() {
  work_left_ -= static_cast<std::int64_t>(memory_bytes_);
  refused_at_ = position();
}

void LuaGuard::pause(lua_State* lua) {
  exceeded_ = Limit::none;
  where_.clear();
  refused_at_.clear();
  running_ = nullptr;
  work_left_ = unbounded;
  lua_sethook(lua, nullptr, 0, 0);
}

void LuaGuard::begin(lua_State* lua) {
  pause(lua);
  running_ = lua;
  work_left_ = limits_.instructions_max * parts;
  deadline_ = clock_.steady() + limits_.time_max;
  count_on(lua);
}

void LuaGuard::count_on(lua_State* lua) {
  // One more than is left: the limit itself may be reached.
  const auto between_looks =
      static_cast<std::int64_t>(std::clamp(bytes_between_looks / (longest_string_bytes_ + 1),
                                           std::size_t{1}, instructions_between_looks_max));
  counted_ = static_cast<int>(std::min(between_looks, work_left_ / parts + 1));
  lua_sethook(lua, on_count, LUA_MASKCOUNT, counted_);
}

void LuaGuard::on_count(lua_State* lua, lua_Debug*) {
  LuaGuard& guard = of(lua);
  guard.work_left_ -= guard.counted_ * parts;
  if (guard.work_left_ < 0) guard.exceed(Limit::instructions);
  if (guard.clock_.steady() > guard.deadline_) guard.exceed(Limit::time);
  if (guard.exceeded_ != Limit::none) guard.raise(lua);
  guard.count_on(lua);
}

void LuaGuard::charge(lua_State* lua, std::uint64_t instructions) {
  LuaGuard& guard = of(lua);
  guard.pay(instructions);
  if (guard.exceeded_ != Limit::none) guard.raise(lua);
}

void LuaGuard::pay(std::uint64_t instructions) {
  const auto most = static_cast<std::uint64_t>(limits_.instructions_max) + 1;
  work_left_ -= static_cast<std::int64_t>(std::min(instructions, most)) * parts;
  if (work_left_ < 0) exceed(Limit::instructions);
}

void LuaGuard::exceed(Limit limit) {
  if (exceeded_ != Limit::none) return;
  exceeded_ = limit;
  where_ = position();
}

// The stack may be unwound by now.
void LuaGuard::set_memory_exceeded() {
  if (exceeded_ != Limit::none) return;
  exceeded_ = Limit::memory;
  where_ = refused_at_;
}

std::string LuaGuard::position() const {
  lua_Debug frame;
  if (running_ == nullptr || !find_line(running_, frame)) return {};
  return fmt::format("{}:{}: ", frame.short_src, frame.currentline);
}

void LuaGuard::raise(lua_State* lua) {
  // Whoever catches this hears of it again at once.
  counted_ = 1;
  lua_sethook(lua, on_count, LUA_MASKCOUNT, counted_);
  lua_pushnil(lua);
  lua_error(lua);
  std::abort();  // lua_error() does not return
}

std::string LuaGuard::message() const {
  switch (exceeded_) {
    case Limit::none:
      break;
    case Limit::memory:
      return fmt::format("{}more than {} bytes of memory", where_, limits_.memory_bytes_max);
    case Limit::instructions:
      return fmt::format("{}more than {} instructions", where_, limits_.instructions_max);
    case Limit::time:
      return fmt::format("{}longer than {} ms", where_, limits_.time_max.count());
  }
  return {};
}

bool find_line(lua_State* lua, lua_Debug& frame) {
  for (int level = 0; lua_getstack(lua, level, &frame) == 1; ++level) {
    lua_getinfo(lua, "Sl", &frame);
    if (frame.currentline > 0) return true;
  }
  return false;
}

}  // namespace roost::auth
