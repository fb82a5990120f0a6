// What a script must not get out of, or be able to do to the server.
#include <fmt/format.h>

#include "auth/lua_bench.hpp"

namespace roost::auth {
namespace {

using testing::HasSubstr;

class LuaSandbox : public LuaBench {};

TEST_F(LuaSandbox, HasNothingThatReachesOutside) {
  for (const char* name : {"_G",
                           "collectgarbage",
                           "coroutine",
                           "debug",
                           "dofile",
                           "io",
                           "load",
                           "loadfile",
                           "loadstring",
                           "module",
                           "newproxy",
                           "os",
                           "package",
                           "rawset",
                           "require",
                           "utf8",
                           "warn",
                           "xpcall",
                           "arg",
                           "string.dump",
                           "string.pack",
                           "string.packsize",
                           "string.unpack",
                           "table.move",
                           "table.pack"})
    EXPECT_TRUE(holds(fmt::format("return {} == nil", name))) << name;
}

TEST_F(LuaSandbox, HasTheFunctionsThatRulesWant) {
  EXPECT_TRUE(holds(R"lua(
    local t = {3, 1, 2}
    table.sort(t, function(a, b) return a > b end)
    table.insert(t, 0)
    assert(table.concat(t, ",") == "3,2,1,0" and table.remove(t) == 0 and select("#", table.unpack(t)) == 3)
    assert(("room:7"):match("^room:(%d+)$") == "7" and ("a-b"):gsub("-", "+") == "a+b")
    assert(("%s=%d"):format("x", 7) == "x=7" and ("x"):rep(3, ",") == "x,x,x" and #("abc"):upper() == 3)
    assert(("a.b"):find(".", 1, true) == 2 and ("abc"):byte(2) == 98 and string.char(97) == "a")
    local words = {}
    for word in ("a b c"):gmatch("%a") do words[#words + 1] = word end
    assert(#words == 3 and math.max(1, 2) == 2 and tonumber("0x10") == 16 and "10" + 1 == 11)
    local sum = 0
    for _, v in ipairs(t) do sum = sum + v end
    for k in pairs({a = 1}) do assert(k == "a") end
    local object = setmetatable({}, {__index = function(_, k) return k end, __call = function() return 1 end})
    assert(object.name == "name" and object() == 1 and rawget(object, "x") == nil)
    return sum == 6 and next({}) == nil and type(nil) == "nil" and tostring(1.5) == "1.5"
  )lua"))
      << error_;
}

// ---- limits

TEST_F(LuaSandbox, RunsSoManyInstructionsAndNoMore) {
  // Some instructions stand around the loop, one is each turn of it.
  const auto runs = [this](int turns) {
    return answer(fmt::format("for i = 1, {} do end return true", turns)).has_value();
  };
  source_.limits.instructions_max = 10'000;
  int turns = 9'900;
  while (runs(turns)) ++turns;
  EXPECT_GT(turns, 9'980);
  EXPECT_EQ(error_, "may_join: rules.lua:2: more than 10000 instructions");
  source_.limits.instructions_max = 10'001;
  EXPECT_TRUE(runs(turns));
  EXPECT_FALSE(runs(turns + 1));
}

TEST_F(LuaSandbox, HoldsSoMuchMemoryAndNoMore) {
  source_.limits.memory_bytes_max = 1 << 20;
  ASSERT_TRUE(load("function may_join(r) local s = ('x'):rep(r.payload); return true end"));
  // Lua builds a string in one block and copies it into another.
  EXPECT_TRUE(ask("400000"));
  EXPECT_FALSE(ask("600000"));
  EXPECT_EQ(error_, "may_join: rules.lua:1: more than 1048576 bytes of memory");
}

TEST_F(LuaSandbox, PaysForLookingForMemory) {
  // What is dropped is found whenever there is no room, by a walk over all there is.
  const auto drops = [this](unsigned memory_bytes) {
    source_.limits.memory_bytes_max = memory_bytes;
    return answer(
               "local kept = ('x'):rep(1000):rep(1900)\n"
               "local part = ('y'):rep(1000)\n"
               "for i = 1, 25 do local dropped = part:rep(1000) end return true")
        .has_value();
  };
  EXPECT_TRUE(drops(64 << 20)) << error_;
  EXPECT_FALSE(drops(4 << 20));
  EXPECT_EQ(error_, "may_join: rules.lua:4: more than 1000000 instructions");
}

TEST_F(LuaSandbox, LooksAtTheClock) {
  clock_.step = std::chrono::milliseconds(20);
  EXPECT_EQ(error_of("\nwhile true do end"), "may_join: rules.lua:3: longer than 100 ms");
}

TEST_F(LuaSandbox, EndsEveryEndlessLoop) {
  for (const char* body :
       {"while true do end", "repeat until false", "::again:: goto again",
        "for i = 1, math.huge do end", "local function f() return f() end f()",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]",
        "for _ in function() return 1 end do end", "for k in pairs({1}) do while true do end end",
        "local t <close> = setmetatable({}, {__close = function() while true do end end})",
        "return setmetatable({}, {__eq = function() while true do end end}) == setmetatable({}, {})"
        " or tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "return ('x'):gsub('x', function() while true do end end)",
        "return ('x'):gsub('x', setmetatable({}, {__index = function() while true do end end}))",
        "for w in ('x'):rep(1000):gmatch('x') do while true do end end",
        "local s = '' while true do s = s .. 'x' end"}) {
    const std::string error = error_of(body);
    EXPECT_THAT(error,
                testing::AnyOf(HasSubstr("more than 1000000 instructions"),
                               HasSubstr("more than 4194304 bytes"), HasSubstr("stack overflow")))
        << body;
  }
}

TEST_F(LuaSandbox, EndsWhoCatchesTheLimit) {
  for (const char* body :
       {"while true do pcall(function() while true do end end) end",
        "pcall(function() while true do end end) return true",
        "local function f() pcall(f) while true do end end f() return true",
        "pcall(pcall, function() while true do end end) return true",
        "pcall(string.rep, 'x', 1 << 40) return true",
        "pcall(function() local t <close> = setmetatable({}, {__close = function() end}) "
        "while true do end end) return true",
        "return pcall(function() return setmetatable({}, {__index = function() while true do end "
        "end}).x end)"})
    EXPECT_THAT(error_of(body), HasSubstr("more than 1000000 instructions")) << body;
}

TEST_F(LuaSandbox, EndsWhoCatchesThatMemoryIsFull) {
  EXPECT_THAT(error_of("local t = {} pcall(function() while true do t[#t + 1] = {} end end) "
                       "t = nil return true"),
              HasSubstr("more than 4194304 bytes of memory"));
  EXPECT_THAT(error_of("pcall(string.rep, 'xxxxxxxxxx', 500000) return true"),
              HasSubstr("more than 4194304 bytes of memory"));
}

TEST_F(LuaSandbox, IsNotUsedAgainAfterALimit) {
  ASSERT_TRUE(load("function may_join() while true do end end"));
  EXPECT_TRUE(script_->is_usable());
  EXPECT_FALSE(ask());
  EXPECT_FALSE(script_->is_usable());
}

TEST_F(LuaSandbox, IsUsedAgainAfterAnError) {
  ASSERT_TRUE(load("function may_join(r) return r.payload.a.b end"));
  EXPECT_FALSE(ask("{}"));
  EXPECT_TRUE(script_->is_usable());
  EXPECT_TRUE(ask(R"({"a":{"b":true}})")->allows());
}

TEST_F(LuaSandbox, IsNotUsedAgainAfterARequestThatHasNoRoom) {
  source_.limits.memory_bytes_max = 256 << 10;
  ASSERT_TRUE(load("function may_join() return true end"));
  std::string many = "[";
  for (int i = 0; i < 10'000; ++i) many += "[],";
  EXPECT_FALSE(ask(many + "[]]"));
  EXPECT_EQ(error_, "may_join: more than 262144 bytes of memory");
  EXPECT_FALSE(script_->is_usable());
}

TEST_F(LuaSandbox, LooksAtTheClockMoreOftenWhereStringsAreLong) {
  clock_.step = std::chrono::milliseconds(1);
  const auto runs = [this](int hundreds) {
    return answer(fmt::format("local s = (' '):rep(100):rep({}) .. '1' local n = 0 "
                              "for i = 1, 200 do n = s + 0 end return true",
                              hundreds))
        .has_value();
  };
  EXPECT_TRUE(runs(1));
  EXPECT_FALSE(runs(10'000));
  EXPECT_EQ(error_, "may_join: rules.lua:2: longer than 100 ms");
}

// ---- functions that would run long where no instruction is counted

TEST_F(LuaSandbox, PaysForWhatTheLibraryDoes) {
  for (const char* body :
       {"return (''):rep(1 << 62)",
        "return ('').rep('', math.maxinteger, '')",
        "return string.rep('x', 1 << 40)",
        "return ('a'):rep(30000):find(('.-'):rep(20) .. 'b')",
        "return ('a'):rep(1000):match('^a*a*a*b')",
        "return ('a'):rep(500):gsub('a-a-b', '')",
        "return ('a'):rep(3000):gmatch('^a*a*b')",
        "return ('('):rep(4000):find('%b()x')",
        "return ('a'):rep(3000):find('(a*)%1b')",
        "local s = ('a'):rep(1000):rep(1000) for i = 1, 100 do s:find('b', 1, true) end",
        "local s = ('a'):rep(1000):rep(1000) for i = 1, 100 do s:upper() end",
        "local s = ('a'):rep(1000):rep(1000) for i = 1, 100 do local _ = s .. i end",
        "local s = ('a'):rep(1000):rep(1000) for i = 1, 100 do s:reverse() end",
        "local s = (' '):rep(1000):rep(1000) for i = 1, 100 do tonumber(s) end",
        "local s = ('a'):rep(1000):rep(1000) for i = 1, 100 do s:sub(2) end",
        "local t = {} for i = 1, 20000 do t[i] = i end for i = 1, 100 do table.insert(t, 1, 0) end",
        "local t = {} for i = 1, 20000 do t[i] = i end for i = 1, 100 do table.remove(t, 1) end",
        "local t = {} for i = 1, 20000 do t[i] = i end for i = 1, 100 do table.sort(t) end",
        "local t, s = {}, ('a'):rep(1000):rep(1000) for i = 1, 1000 do t[i] = s end table.sort(t)",
        "return table.concat({}, '', 1, math.maxinteger)",
        "return table.unpack({}, math.mininteger, math.maxinteger)",
        "return table.unpack({}, 1, 1 << 30)",
        "local t = {} for i = 61, 0, -1 do t[1 << i] = 1 end return table.insert(t, 1)"})
    EXPECT_THAT(error_of(body), HasSubstr("more than 1000000 instructions")) << body;
}

TEST_F(LuaSandbox, SortsAndJoinsPlainTablesAlone) {
  for (const char* call : {"insert(t, 1)", "remove(t)", "concat(t)", "unpack(t)", "sort(t)"}) {
    EXPECT_THAT(error_of(fmt::format("local t = setmetatable({{}}, {{__len = function() return "
                                     "1 << 62 end}}) table.{}",
                                     call)),
                HasSubstr("a table with a metatable"))
        << call;
    EXPECT_TRUE(holds(fmt::format("local t = request.payload table.{} return true", call), "[7]"));
  }
}

TEST_F(LuaSandbox, TakesPatternsThatCanBePaid) {
  EXPECT_TRUE(holds(R"(
    local topic = ("room:"):rep(50)
    assert(topic:find("room:", 1, true) == 1 and topic:find("m") == 4)
    assert(select(2, topic:gsub("room", "x")) == 50)
    assert(("ann.smith@mail.example"):match("^[%w.]+@[%w.]+%.%a+$"))
    assert(("key = value"):match("^(%w+)%s*=%s*(%w+)$") == "key")
    return true)"))
      << error_;
}

TEST_F(LuaSandbox, HasNoFinalizers) {
  EXPECT_THAT(error_of("setmetatable({}, {__gc = function() while true do end end})"),
              HasSubstr("__gc is not allowed"));
  EXPECT_THAT(error_of("setmetatable({}, {__gc = true})"), HasSubstr("__gc is not allowed"));
  // What is set later is no finalizer of what has the metatable already.
  EXPECT_TRUE(holds(R"(
    local mt = {}
    local kept = setmetatable({}, mt)
    mt.__gc = function() while true do end end
    kept = nil
    local junk
    for i = 1, 20000 do junk = {} end
    return true)"))
      << error_;
}

TEST_F(LuaSandbox, EndsWhatNestsTooDeep) {
  EXPECT_THAT(error_of("local function f() return 1 + f() end return f()"),
              HasSubstr("bytes of memory"));
  EXPECT_THAT(error_of("local function f() return (('x'):gsub('x', f)) end return f()"),
              HasSubstr("stack overflow"));
  EXPECT_FALSE(load("x = " + std::string(1000, '(') + "1" + std::string(1000, ')')));
  EXPECT_THAT(error_, HasSubstr("rules.lua: C stack overflow"));
}

// ---- what one call leaves for the next

TEST_F(LuaSandbox, KeepsNoGlobals) {
  EXPECT_THAT(error_of("count = 1"), HasSubstr("rules.lua:2: the global 'count' cannot be set"));
  EXPECT_THAT(error_of("_ENV.count = 1"), HasSubstr("the global 'count' cannot be set"));
  EXPECT_THAT(error_of("function helper() end"), HasSubstr("'helper' cannot be set"));
  EXPECT_THAT(error_of("may_join = nil"), HasSubstr("'may_join' cannot be set"));
  EXPECT_THAT(error_of("print = nil"), HasSubstr("'print' cannot be set"));
  EXPECT_THAT(error_of("setmetatable(_ENV, nil)"), HasSubstr("protected metatable"));
}

TEST_F(LuaSandbox, FindsItsGlobalsOfTheFile) {
  ASSERT_TRUE(load(R"(
    rooms = {["room:7"] = true}
    function open(topic) return rooms[topic] end
    function may_join(request) return open(request.topic) end)"));
  EXPECT_TRUE(ask()->allows());
}

TEST_F(LuaSandbox, KeepsTheLibraryAsItIs) {
  EXPECT_THAT(error_of("string.rep = nil"), HasSubstr("the field 'rep' cannot be set"));
  EXPECT_THAT(error_of("table.evil = 1"), HasSubstr("the field 'evil' cannot be set"));
  EXPECT_THAT(error_of("math.pi = 3"), HasSubstr("the field 'pi' cannot be set"));
  EXPECT_THAT(error_of("setmetatable(string, {})"), HasSubstr("protected metatable"));
  EXPECT_TRUE(
      holds("return getmetatable('') == false and getmetatable(string) == false and "
            "getmetatable(_ENV) == false"));
  EXPECT_THAT(error_of("getmetatable('').__index = {}"), HasSubstr("rules.lua:2: "));
  EXPECT_FALSE(load("setmetatable(_ENV, {__index = {}}) function may_join() end"));
  EXPECT_THAT(error_, HasSubstr("protected metatable"));
}

TEST_F(LuaSandbox, KeepsWhatTheFileKeepsInLocals) {
  ASSERT_TRUE(load("local n = 0 function may_join() n = n + 1 return n > 1 end"));
  EXPECT_FALSE(ask()->allows());
  EXPECT_TRUE(ask()->allows());
}

TEST_F(LuaSandbox, HoldsWhatTheFileKeepsToTheMemoryOfOneState) {
  ASSERT_TRUE(
      load("local kept = {} function may_join() kept[#kept + 1] = ('x'):rep(10000) "
           "return true end"));
  int calls = 0;
  while (calls < 1000 && ask()) ++calls;
  EXPECT_GT(calls, 300);
  EXPECT_LT(calls, 1000);
  EXPECT_EQ(error_, "may_join: rules.lua:1: more than 4194304 bytes of memory");
}

}  // namespace
}  // namespace roost::auth
