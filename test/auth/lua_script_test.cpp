#include "auth/lua_script.hpp"

#include <roost/limits.hpp>

#include "auth/lua_bench.hpp"

namespace roost::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

class LuaScripts : public LuaBench {};

TEST_F(LuaScripts, AllowByTrue) {
  const auto decision = answer("return true");
  ASSERT_TRUE(decision) << error_;
  EXPECT_TRUE(decision->allows());
}

TEST_F(LuaScripts, DenyByFalseAndByNothing) {
  for (const char* body : {"return false", "return nil", "return", ""}) {
    const auto decision = answer(body);
    ASSERT_TRUE(decision) << error_;
    EXPECT_FALSE(decision->allows());
    EXPECT_EQ(decision->response, unauthorized);
  }
}

TEST_F(LuaScripts, DenyWithAReason) {
  for (const char* body : {R"(return false, "room_closed")", R"(return nil, "room_closed")"}) {
    const auto decision = answer(body);
    ASSERT_TRUE(decision) << error_;
    EXPECT_FALSE(decision->allows());
    EXPECT_EQ(decision->response, R"({"reason":"room_closed"})");
  }
}

TEST_F(LuaScripts, AnswerWithATable) {
  const auto decision = answer(R"(return {
    allow = true, response = {welcome = "Ann", n = 10 / 2, x = 0.5, list = {1, "two", {}}},
    attributes = {}, publish_types = {}, receive_types = {"com.example.*"},
    limits = {events_per_second = 10}})");
  ASSERT_TRUE(decision) << error_;
  EXPECT_TRUE(decision->allows());
  EXPECT_THAT(decision->response, HasSubstr(R"("welcome":"Ann")"));
  EXPECT_THAT(decision->response, HasSubstr(R"("n":5)"));
  EXPECT_THAT(decision->response, HasSubstr(R"("x":0.5)"));
  EXPECT_THAT(decision->response, HasSubstr(R"("list":[1,"two",{}])"));
  EXPECT_EQ(decision->attributes, "{}");
  EXPECT_THAT(decision->rights.publish_types, Optional(IsEmpty()));
  EXPECT_THAT(decision->rights.receive_types, Optional(ElementsAre("com.example.*")));
  EXPECT_EQ(decision->rights.events_per_second, 10U);
}

TEST_F(LuaScripts, DenyWithATable) {
  const auto decision = answer(R"(return {allow = false, reason = "late", log = "after nine"})");
  ASSERT_TRUE(decision) << error_;
  EXPECT_EQ(decision->response, R"({"reason":"late"})");
  EXPECT_EQ(decision->log_reason, "after nine");
}

TEST_F(LuaScripts, AreToldWhatIsNoAnswer) {
  EXPECT_THAT(error_of("return 1"), HasSubstr("answered a number"));
  EXPECT_THAT(error_of("return 'yes'"), HasSubstr("answered a string"));
  EXPECT_THAT(error_of("return print"), HasSubstr("answered a function"));
  EXPECT_THAT(error_of("return false, {}"), HasSubstr("a table as the reason"));
  EXPECT_THAT(error_of("return false, ''"), HasSubstr("reason"));
  EXPECT_THAT(error_of("return {}"), HasSubstr("allow is missing"));
  EXPECT_THAT(error_of("return {allow = true, user = 'ann'}"), HasSubstr("user"));
  EXPECT_THAT(error_of("return {allow = true, alow = 1}"), HasSubstr("alow"));
  EXPECT_THAT(error_of("return {true}"), HasSubstr("no JSON object"));
}

TEST_F(LuaScripts, AreToldWhatJsonCannotSay) {
  const auto error_in = [this](const std::string& value) {
    return error_of("return {allow = true, response = {v = " + value + "}}");
  };
  EXPECT_THAT(error_in("print"), HasSubstr("a function is nothing that JSON has"));
  EXPECT_THAT(error_in("1 / 0"), HasSubstr("infinite"));
  EXPECT_THAT(error_in("0 / 0"), HasSubstr("infinite, or none"));
  EXPECT_THAT(error_in(R"("\xff")"), HasSubstr("no UTF-8"));
  EXPECT_THAT(error_in("{[true] = 1}"), HasSubstr("a boolean is no name"));
  EXPECT_THAT(error_in("{1, 2, x = 3}"), HasSubstr("neither a list nor an object"));
  EXPECT_THAT(error_of("local t = {allow = true}; t.response = t; return t"),
              HasSubstr("contains itself"));
}

TEST_F(LuaScripts, AnswerWithAtMost64KiB) {
  constexpr auto most = limits::hook_answer_bytes_max;
  const auto body = [](std::size_t bytes) {
    return "return {allow = true, response = {v = ('x'):rep(" + std::to_string(bytes) + ")}}";
  };
  const std::string around = R"({"allow":true,"response":{"v":""}})";
  EXPECT_TRUE(answer(body(most - around.size()))) << error_;
  EXPECT_THAT(error_of(body(most - around.size() + 1)), HasSubstr("over 65536 bytes"));
}

TEST_F(LuaScripts, FindTheWholeRequest) {
  connection_->user = "ann";
  connection_->claims_json = R"({"rooms":["7","8"],"admin":false})";
  EXPECT_TRUE(holds(R"(
    assert(request.question == "join" and request.topic == "room:7")
    assert(request.captures.room == "7" and request.user == "ann" and request.token == nil)
    assert(request.claims.rooms[2] == "8" and #request.claims.rooms == 2)
    assert(request.claims.admin == false and request.tls == false)
    return request.payload.nick == "Ann")",
                    R"({"nick":"Ann"})"));
}

TEST_F(LuaScripts, ReadNumbersAsWhatTheyAre) {
  EXPECT_TRUE(holds(R"(
    local n = request.payload
    assert(math.type(n[1]) == "integer" and n[1] == 9223372036854775807)
    assert(math.type(n[2]) == "float" and n[2] == 2.0 ^ 63)
    assert(math.type(n[3]) == "float" and n[3] == 1)
    assert(math.type(n[4]) == "float" and n[4] == 1000)
    assert(n[5] == -5 and n[6] == 0 and n[7] == 0)
    return #n == 7)",
                    "[9223372036854775807,9223372036854775808,1.0,1e3,-5,-0,1e-400]"));
}

TEST_F(LuaScripts, ReadNullAsNothingInObjectsAndAsNullInArrays) {
  EXPECT_TRUE(holds(R"(
    local p = request.payload
    return p.gone == nil and #p.list == 3 and p.list[2] == null and p.list[2] ~= nil)",
                    R"({"gone": null, "list":[1, null ,3]})"));
}

TEST_F(LuaScripts, GiveBackWhatCameAsItCame) {
  const std::string payload =
      R"({"v":[[],{},[null],"\u00e9\n\"\\",1.5,-7,true,[{"a":[]}],"\ud83d\ude00"]})";
  const auto decision = answer("return {allow = true, response = request.payload}", payload);
  ASSERT_TRUE(decision) << error_;
  EXPECT_EQ(decision->response, R"({"v":[[],{},[null],"é\n\"\\",1.5,-7,true,[{"a":[]}],"😀"]})");
}

TEST_F(LuaScripts, MarkEmptyArrays) {
  const auto decision = answer(
      "return {allow = true, response = {a = array(), b = array({}), c = array{1}, d = null}}");
  ASSERT_TRUE(decision) << error_;
  for (const char* part : {R"("a":[])", R"("b":[])", R"("c":[1])", R"("d":null)"})
    EXPECT_THAT(decision->response, HasSubstr(part));
}

TEST_F(LuaScripts, ReadPayloadsAsDeepAsJsonMayBe) {
  const auto nested = [](unsigned levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(holds(R"(
    local depth, at = 0, request.payload
    while at do depth = depth + 1; at = at[1] end
    return depth == 128)",
                    nested(limits::json_levels_max)));
}

TEST_F(LuaScripts, SayFileAndLineOfAnError) {
  EXPECT_THAT(error_of("local x\nreturn x.y"), HasSubstr("rules.lua:3: "));
  EXPECT_EQ(error_of("error('no such room')"), "rules.lua:2: no such room");
  EXPECT_THAT(error_of("\n\nreturn ('x'):rep('y')"), HasSubstr("rules.lua:4: bad argument #1"));
  EXPECT_THAT(error_of("return ('x'):find('%')"), HasSubstr("rules.lua:2: malformed pattern"));
  EXPECT_THAT(error_of("return table.concat({{}})"), HasSubstr("rules.lua:2: invalid value"));
  EXPECT_EQ(error_of("error({})"), "rules.lua:2: the error is a table");
  EXPECT_EQ(error_of("\nerror()"), "rules.lua:3: the error is a nil");
  EXPECT_EQ(error_of("error('no position', 0)"), "rules.lua:2: no position");
  EXPECT_EQ(error_of("return setmetatable({}, {__index = function() error({}) end}).x"),
            "rules.lua:2: the error is a table");
}

TEST_F(LuaScripts, MayCatchTheirOwnErrors) {
  EXPECT_TRUE(holds(R"(
    local ok, why = pcall(error, "x", 0)
    return ok == false and why == "x" and select(2, pcall(function() return 7 end)) == 7)"));
}

TEST_F(LuaScripts, AreNotLoadedWithAnErrorInThem) {
  EXPECT_FALSE(load("function may_join(\nreturn"));
  EXPECT_THAT(error_, HasSubstr("rules.lua:2: "));
  EXPECT_FALSE(load("\nlocal t = nil\nt.x = 1"));
  EXPECT_THAT(error_, HasSubstr("rules.lua:3: "));
  EXPECT_FALSE(load("function may_jion() end"));
  EXPECT_EQ(error_, "rules.lua defines no function may_join");
  EXPECT_FALSE(load("may_join = 7"));
  EXPECT_EQ(error_, "rules.lua defines no function may_join");
  EXPECT_FALSE(load("while true do end"));
  EXPECT_THAT(error_, HasSubstr("rules.lua:1: more than 1000000 instructions"));
  EXPECT_FALSE(load("x = ('x'):rep(100000); while true do x = x .. x end"));
  EXPECT_THAT(error_, HasSubstr("bytes of memory"));
}

TEST_F(LuaScripts, AreTextAndNoBytecode) {
  EXPECT_FALSE(load("\x1bLuaT"));
  EXPECT_THAT(error_, HasSubstr("attempt to load a binary chunk"));
}

TEST_F(LuaScripts, MayBeNamedLikeAFunctionThatIsThere) {
  source_.function = "print";
  EXPECT_FALSE(load("function may_join() return true end"));
  EXPECT_EQ(error_, "rules.lua defines no function print");
}

TEST_F(LuaScripts, PrintToTheLogSoManyLinesACall) {
  ASSERT_TRUE(load(R"(function may_join(request)
    for i = 1, request.payload do print("line", i, nil) end
    return true
  end)"));
  EXPECT_TRUE(ask(std::to_string(limits::lua_prints_max)));
  ASSERT_EQ(log_lines_.size(), limits::lua_prints_max);
  EXPECT_THAT(log_lines_.front(), HasSubstr(R"("text":"line 1 nil")"));
  EXPECT_THAT(log_lines_.front(), HasSubstr(R"("script":"rules.lua")"));
  log_lines_.clear();
  EXPECT_TRUE(ask(std::to_string(limits::lua_prints_max + 1)));
  EXPECT_EQ(log_lines_.size(), limits::lua_prints_max);
}

}  // namespace
}  // namespace roost::auth
