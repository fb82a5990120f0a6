#include "auth/lua_values.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::auth {

namespace {

// Addresses of nothing else: what the global `null` is, and where the registry
// keeps the metatable of arrays.
const char null_address = 0;
const char array_metatable = 0;

void* null_value() {
  return const_cast<char*>(&null_address);
}

// ---- From JSON. Errors of Lua leave these functions by a jump, so nothing in
// them may have a destructor.

struct Reading {
  json::Scanner scanner;
  std::string_view text;
  std::string* scratch;

  /// The first character of the value that comes next.
  char ahead() const {
    std::size_t at = scanner.offset();
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'))
      ++at;
    return at < text.size() ? text[at] : '\0';
  }
};

void push_text(lua_State* lua, const Reading& reading, const json::Value& text) {
  if (!text.escaped) {
    lua_pushlstring(lua, text.inner().data(), text.inner().size());
    return;
  }
  reading.scratch->clear();
  json::unescape(text.raw, *reading.scratch);
  lua_pushlstring(lua, reading.scratch->data(), reading.scratch->size());
}

void push_number(lua_State* lua, std::string_view raw) {
  const char* const end = raw.data() + raw.size();
  lua_Integer integer = 0;
  if (const auto [at, error] = std::from_chars(raw.data(), end, integer);
      error == std::errc{} && at == end)
    return lua_pushinteger(lua, integer);
  // The scanner has refused what is too large; what is too small is 0.
  lua_Number number = 0;
  std::from_chars(raw.data(), end, number);
  lua_pushnumber(lua, number);
}

void push_value(lua_State* lua, Reading& reading);

void push_object(lua_State* lua, Reading& reading) {
  lua_newtable(lua);
  json::Value name;
  reading.scanner.enter_object();
  while (reading.scanner.next_member(name)) {
    push_text(lua, reading, name);
    if (reading.ahead() == 'n') {
      json::Value null;
      reading.scanner.value(null);
      lua_pushnil(lua);
    } else {
      push_value(lua, reading);
    }
    lua_rawset(lua, -3);
  }
}

void push_array(lua_State* lua, Reading& reading) {
  lua_newtable(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &array_metatable);
  lua_setmetatable(lua, -2);
  reading.scanner.enter_array();
  for (lua_Integer i = 1; reading.scanner.next_element(); ++i) {
    push_value(lua, reading);
    lua_rawseti(lua, -2, i);
  }
}

void push_value(lua_State* lua, Reading& reading) {
  luaL_checkstack(lua, 4, "JSON has too many levels");
  const char ahead = reading.ahead();
  if (ahead == '{') return push_object(lua, reading);
  if (ahead == '[') return push_array(lua, reading);
  json::Value value;
  if (!reading.scanner.value(value)) {
    luaL_error(lua, "JSON is broken");
    return;
  }
  switch (value.kind) {
    case json::Kind::string:
      return push_text(lua, reading, value);
    case json::Kind::number:
      return push_number(lua, value.raw);
    case json::Kind::boolean:
      return lua_pushboolean(lua, value.raw == "true" ? 1 : 0);
    default:
      return lua_pushlightuserdata(lua, null_value());
  }
}

/// array(t): marks t, or a new table, as an array, however empty.
int array(lua_State* lua) {
  if (lua_isnoneornil(lua, 1)) {
    lua_settop(lua, 0);
    lua_newtable(lua);
  }
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!is_plain_table(lua, 1)) return luaL_argerror(lua, 1, "it has a metatable");
  lua_settop(lua, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &array_metatable);
  lua_setmetatable(lua, -2);
  return 1;
}

// ---- To JSON. Only functions of Lua that raise nothing are called here.

/// Members of an answer that are lists: `{}` there is one without elements.
bool names_list(std::string_view name) {
  return name == "publish_types" || name == "receive_types";
}

class Writer {
 public:
  Writer(lua_State* lua, std::size_t bytes_max) : lua_(lua), bytes_max_(bytes_max) {}

  std::optional<Error> write(int index, unsigned level, std::string_view name) {
    if (out_.size() > bytes_max_) return Error{fmt::format("it is over {} bytes", bytes_max_)};
    switch (lua_type(lua_, index)) {
      case LUA_TBOOLEAN:
        out_ += lua_toboolean(lua_, index) != 0 ? "true" : "false";
        return std::nullopt;
      case LUA_TNUMBER:
        return write_number(index);
      case LUA_TSTRING:
        return write_text(index);
      case LUA_TTABLE:
        return write_table(lua_absindex(lua_, index), level, name);
      case LUA_TLIGHTUSERDATA:
      case LUA_TNIL:
        out_ += "null";
        return std::nullopt;
      default:
        return Error{fmt::format("a {} is nothing that JSON has", luaL_typename(lua_, index))};
    }
  }

  std::string take() { return std::move(out_); }

 private:
  std::optional<Error> write_number(int index) {
    if (lua_isinteger(lua_, index) != 0) {
      fmt::format_to(std::back_inserter(out_), "{}", lua_tointeger(lua_, index));
      return std::nullopt;
    }
    const lua_Number number = lua_tonumber(lua_, index);
    if (!std::isfinite(number)) return Error{"a number is infinite, or none"};
    // 10 / 2 is a float, and means 5.
    constexpr lua_Number exact_max = 9007199254740992;
    if (number == std::trunc(number) && std::abs(number) <= exact_max)
      fmt::format_to(std::back_inserter(out_), "{}", static_cast<std::int64_t>(number));
    else
      fmt::format_to(std::back_inserter(out_), "{}", number);
    return std::nullopt;
  }

  std::optional<Error> write_text(int index) {
    std::size_t size = 0;
    const char* const text = lua_tolstring(lua_, index, &size);
    // Before it is copied.
    if (size > bytes_max_) return Error{fmt::format("it is over {} bytes", bytes_max_)};
    if (!is_utf8({text, size})) return Error{"a string is no UTF-8"};
    json::append_quoted(out_, {text, size});
    return std::nullopt;
  }

  std::optional<Error> write_table(int index, unsigned level, std::string_view name) {
    if (level > limits::json_levels_max || lua_checkstack(lua_, 4) == 0)
      return Error{"it has too many levels, or contains itself"};
    if (lua_rawlen(lua_, index) > 0) return write_array(index, level);
    if (is_empty(index) && (names_list(name) || is_marked(index))) {
      out_ += "[]";
      return std::nullopt;
    }
    return write_object(index, level);
  }

  bool is_empty(int index) {
    lua_pushnil(lua_);
    if (lua_next(lua_, index) == 0) return true;
    lua_pop(lua_, 2);
    return false;
  }

  /// As an array.
  bool is_marked(int index) {
    if (lua_getmetatable(lua_, index) == 0) return false;
    lua_pop(lua_, 1);
    return is_plain_table(lua_, index);
  }

  std::optional<Error> write_array(int index, unsigned level) {
    const lua_Unsigned count = lua_rawlen(lua_, index);
    lua_Unsigned members = 0;
    for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) ++members;
    if (members != count) return Error{"a table is neither a list nor an object"};
    out_ += '[';
    for (lua_Unsigned i = 1; i <= count; ++i) {
      if (i > 1) out_ += ',';
      lua_rawgeti(lua_, index, static_cast<lua_Integer>(i));
      if (auto error = write(-1, level + 1, {})) return error;
      lua_pop(lua_, 1);
    }
    out_ += ']';
    return std::nullopt;
  }

  std::optional<Error> write_object(int index, unsigned level) {
    out_ += '{';
    bool first = true;
    lua_pushnil(lua_);
    while (lua_next(lua_, index) != 0) {
      if (lua_type(lua_, -2) != LUA_TSTRING)
        return Error{fmt::format("a {} is no name of a member", luaL_typename(lua_, -2))};
      if (!first) out_ += ',';
      first = false;
      if (auto error = write_text(-2)) return error;
      std::size_t size = 0;
      const char* const name = lua_tolstring(lua_, -2, &size);
      out_ += ':';
      if (auto error = write(-1, level + 1, {name, size})) return error;
      lua_pop(lua_, 1);
    }
    out_ += '}';
    return std::nullopt;
  }

  lua_State* lua_;
  std::size_t bytes_max_;
  std::string out_;
};

}  // namespace

void add_json_words(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &array_metatable);
  lua_pushlightuserdata(lua, null_value());
  lua_setfield(lua, -2, "null");
  lua_pushcfunction(lua, array);
  lua_setfield(lua, -2, "array");
}

void push_json(lua_State* lua, std::string_view json, std::string& scratch) {
  Reading reading{json::Scanner(json, limits::json_levels_max + 1), json, &scratch};
  push_value(lua, reading);
}

bool is_plain_table(lua_State* lua, int index) {
  if (lua_type(lua, index) != LUA_TTABLE) return false;
  if (lua_getmetatable(lua, index) == 0) return true;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &array_metatable);
  const bool plain = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return plain;
}

Result<std::string> to_json(lua_State* lua, int index, std::size_t bytes_max) {
  const int top = lua_gettop(lua);
  Writer writer(lua, bytes_max);
  auto error = writer.write(index, 1, {});
  lua_settop(lua, top);
  if (error) return *std::move(error);
  std::string text = writer.take();
  if (text.size() > bytes_max) return Error{fmt::format("it is over {} bytes", bytes_max)};
  return {boost::system::in_place_value, std::move(text)};
}

}  // namespace roost::auth
