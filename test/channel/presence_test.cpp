// TopicPresence: what a topic's members are told of who is there.
#include "channel/presence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace roost::channel {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

constexpr auto full = PresenceResult::full;
constexpr auto ok = PresenceResult::ok;

class PresenceOfATopic : public testing::Test {
 protected:
  static MemberId member(std::uint64_t number) { return {{number}, 1}; }
  /// The ref that is made as the nth.
  std::string ref(std::uint64_t number) const { return refs_.text(number); }
  std::string meta(std::uint64_t number, const std::string& fields = "",
                   std::uint64_t previous = 0) const {
    return "{" + fields + (fields.empty() ? "" : ",") + R"("phx_ref":")" + ref(number) + "\"" +
           (previous == 0 ? "" : R"(,"phx_ref_prev":")" + ref(previous) + "\"") + "}";
  }
  static std::string diff(const std::string& joins, const std::string& leaves) {
    return R"({"joins":{)" + joins + R"(},"leaves":{)" + leaves + "}}";
  }

  PresenceLimits limits_;
  PresenceRefs refs_{0, 0};
  TopicPresence presence_{limits_, refs_};
};

TEST_F(PresenceOfATopic, IsEmptyAtFirst) {
  EXPECT_EQ(presence_.state(), "{}");
  EXPECT_FALSE(presence_.has_changes());
}

TEST_F(PresenceOfATopic, ShowsWhoIsTrackedAndTellsOnce) {
  EXPECT_EQ(presence_.track(member(1), "ann", R"("a":1)"), ok);
  const std::string ann = R"("ann":{"metas":[)" + meta(1, R"("a":1)") + "]}";
  EXPECT_EQ(presence_.state(), "{" + ann + "}");
  EXPECT_EQ(presence_.take_diff(), diff(ann, ""));
  EXPECT_FALSE(presence_.has_changes());
  presence_.untrack(member(1));
  EXPECT_EQ(presence_.state(), "{}");
  EXPECT_EQ(presence_.take_diff(), diff("", ann));
  EXPECT_FALSE(presence_.has_changes());
}

TEST_F(PresenceOfATopic, KeepsTheMetasOfAKeyInTheOrderInWhichTheyWereTracked) {
  for (const std::uint64_t number : {7U, 3U, 5U}) presence_.track(member(number), "ann", "");
  presence_.take_diff();
  presence_.update(member(7), "ann", R"("new":true)");
  EXPECT_EQ(presence_.state(), R"({"ann":{"metas":[)" + meta(4, R"("new":true)", 1) + "," +
                                   meta(2) + "," + meta(3) + "]}}");
}

TEST_F(PresenceOfATopic, TellsAnUpdateAsAJoinAndALeave) {
  presence_.track(member(1), "ann", R"("a":1)");
  presence_.take_diff();
  EXPECT_EQ(presence_.update(member(1), "ann", R"("a":2)"), ok);
  EXPECT_EQ(presence_.take_diff(), diff(R"("ann":{"metas":[)" + meta(2, R"("a":2)", 1) + "]}",
                                        R"("ann":{"metas":[)" + meta(1, R"("a":1)") + "]}"));
}

TEST_F(PresenceOfATopic, TellsNothingOfWhoCameAndWentBetweenTwoDiffs) {
  presence_.track(member(1), "ann", "");
  presence_.untrack(member(1));
  EXPECT_FALSE(presence_.has_changes());
  EXPECT_EQ(presence_.diff_bytes(), 0u);
}

TEST_F(PresenceOfATopic, NamesInPhxRefPrevNothingThatNobodyHasSeen) {
  presence_.track(member(1), "ann", "");
  presence_.update(member(1), "ann", R"("a":1)");
  EXPECT_EQ(presence_.take_diff(), diff(R"("ann":{"metas":[)" + meta(2, R"("a":1)") + "]}", ""));
  presence_.update(member(1), "ann", R"("a":2)");
  presence_.update(member(1), "ann", R"("a":3)");
  EXPECT_EQ(presence_.take_diff(), diff(R"("ann":{"metas":[)" + meta(4, R"("a":3)", 2) + "]}",
                                        R"("ann":{"metas":[)" + meta(2, R"("a":1)") + "]}"));
  presence_.update(member(1), "ann", R"("a":4)");
  presence_.untrack(member(1), "ann");
  EXPECT_EQ(presence_.take_diff(), diff("", R"("ann":{"metas":[)" + meta(4, R"("a":3)", 2) + "]}"));
}

TEST_F(PresenceOfATopic, TracksAMemberUnderSeveralKeys) {
  EXPECT_EQ(presence_.track(member(1), "a", ""), ok);
  EXPECT_EQ(presence_.track(member(1), "b", ""), ok);
  EXPECT_EQ(presence_.track(member(1), "a", ""), PresenceResult::already_tracked);
  presence_.untrack(member(1), "a");
  presence_.untrack(member(2), "b");
  EXPECT_EQ(presence_.state(), R"({"b":{"metas":[)" + meta(2) + "]}}");
  presence_.untrack(member(1));
  EXPECT_TRUE(presence_.empty());
}

TEST_F(PresenceOfATopic, UpdatesOnlyWhatIsTracked) {
  EXPECT_EQ(presence_.update(member(1), "ann", ""), PresenceResult::not_tracked);
  presence_.track(member(1), "ann", "");
  EXPECT_EQ(presence_.update(member(1), "ben", ""), PresenceResult::not_tracked);
  EXPECT_EQ(presence_.update(member(2), "ann", ""), PresenceResult::not_tracked);
}

TEST_F(PresenceOfATopic, TakesAnyKey) {
  const std::vector<std::string> keys = {
      "",           "__proto__", "constructor", "a\"b\\c", std::string("\0\x01\n\x7f", 4),
      "{\"x\":[]}", "é😀",        "\u2028"};
  for (const std::string& key : keys) {
    presence_.track(member(1), key, "");
    const std::string state = presence_.state();
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(state.data(), state.size());
    ASSERT_FALSE(document.HasParseError()) << state;
    ASSERT_EQ(document.MemberCount(), 1u) << state;
    const auto& name = document.MemberBegin()->name;
    EXPECT_EQ(std::string(name.GetString(), name.GetStringLength()), key);
    presence_.untrack(member(1), key);
  }
}

TEST_F(PresenceOfATopic, IsFullAtItsMembers) {
  limits_.members_max = 2;
  EXPECT_EQ(presence_.track(member(1), "a", ""), ok);
  EXPECT_EQ(presence_.track(member(2), "a", ""), ok);
  EXPECT_EQ(presence_.track(member(3), "a", ""), full);
  EXPECT_EQ(presence_.track(member(1), "b", ""), full);
  presence_.untrack(member(1));
  EXPECT_EQ(presence_.track(member(3), "a", ""), ok);
}

TEST_F(PresenceOfATopic, IsFullAtItsBytes) {
  const std::string fields = R"("a":")" + std::string(100, 'x') + "\"";
  presence_.track(member(1), "ann", fields);
  limits_.state_bytes_max = 2 + 2 * (presence_.state().size() - 1);
  EXPECT_EQ(presence_.track(member(2), "ben", fields + " "), full);
  EXPECT_EQ(presence_.track(member(2), "ben", fields), ok);
  EXPECT_LE(presence_.state().size(), limits_.state_bytes_max);
  EXPECT_EQ(presence_.update(member(2), "ben", fields + " "), full);
  EXPECT_EQ(presence_.update(member(2), "ben", R"("b":1)"), ok);
  EXPECT_EQ(presence_.track(member(3), "c", fields), full);
}

/// What a client has that was told the diffs alone, as phoenix.js keeps it.
class Told {
 public:
  void apply(const std::string& diff) {
    rapidjson::Document document;
    document.Parse(diff.data(), diff.size());
    each(document["joins"], [&](const std::string& ref) { EXPECT_TRUE(refs.insert(ref).second); });
    each(document["leaves"], [&](const std::string& ref) { EXPECT_EQ(refs.erase(ref), 1u); });
  }
  template <class F>
  static void each(const rapidjson::Value& presences, F&& f) {
    for (const auto& presence : presences.GetObject())
      for (const auto& meta : presence.value["metas"].GetArray())
        f(presence.name.GetString() + std::string(" ") + meta["phx_ref"].GetString());
  }
  std::multiset<std::string> refs_of(const std::string& state) {
    rapidjson::Document document;
    document.Parse(state.data(), state.size());
    std::multiset<std::string> result;
    each(document, [&](const std::string& ref) { result.insert(ref); });
    return result;
  }
  std::set<std::string> refs;
};

TEST_F(PresenceOfATopic, DiffsAddUpToItsState) {
  std::mt19937 random(4711);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  Told told;
  for (int i = 0; i < 3'000; ++i) {
    const MemberId who = member(below(20));
    const std::string key(1, static_cast<char>('a' + below(4)));
    switch (below(5)) {
      case 0:
      case 1:
        presence_.track(who, key, R"("n":1)");
        break;
      case 2:
        presence_.update(who, key, R"("n":22)");
        break;
      case 3:
        presence_.untrack(who, key);
        break;
      default:
        if (below(4) == 0) presence_.untrack(who);
    }
    if (below(5) != 0) continue;
    const std::size_t bytes = presence_.diff_bytes();
    const std::string changes = presence_.take_diff();
    ASSERT_LE(changes.size(), bytes + 32);
    told.apply(changes);
    const auto now = told.refs_of(presence_.state());
    ASSERT_TRUE(std::equal(now.begin(), now.end(), told.refs.begin(), told.refs.end())) << i;
    ASSERT_EQ(now.size(), presence_.size());
  }
  for (std::uint64_t i = 0; i < 20; ++i) presence_.untrack(member(i));
  told.apply(presence_.take_diff());
  EXPECT_TRUE(told.refs.empty());
  EXPECT_EQ(presence_.diff_bytes(), 0u);
}

TEST(PresenceRefsOfAShard, AreNeverTheSameTwice) {
  std::set<std::string> all;
  PresenceRefs first(0, 1'000'000), restarted(0, 1'000'100), other(1, 1'000'000);
  for (PresenceRefs* refs : {&first, &restarted, &other})
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(all.insert(refs->text(refs->next())).second);
  PresenceRefs last(0xFFFF, ~std::uint64_t{0} - 1);
  EXPECT_EQ(last.text(last.next()), "P__________P__");
}

TEST(PresenceFields, AreWhatStandsBetweenTheBraces) {
  EXPECT_THAT(presence_fields("{}"), Optional(Eq("")));
  EXPECT_THAT(presence_fields(" {\n} "), Optional(Eq("")));
  EXPECT_THAT(presence_fields(R"( { "a" : [1, {"b":2}] } )"),
              Optional(Eq(R"("a" : [1, {"b":2}])")));
}

TEST(PresenceFields, AreThoseOfAnObject) {
  for (const char* bad : {"", " ", "[]", "null", R"("a")", "{", R"({"a":1}})", R"({"a":1},{})",
                          R"({"a":tru})", "{\"a\":\"\xff\"}", R"({"a":"\ud800"})"})
    EXPECT_EQ(presence_fields(bad), std::nullopt) << bad;
}

TEST(PresenceFields, LeaveTheNamesToRoostThatAreItsOwn) {
  for (const char* bad : {R"({"phx_ref":"x"})", R"({"a":1,"phx_ref_prev":null})",
                          R"({"phx\u005fref":"x"})", R"({"mine":1})"})
    EXPECT_EQ(presence_fields(bad, "mine"), std::nullopt) << bad;
  EXPECT_THAT(presence_fields(R"({"a":{"phx_ref":"x"}})"), Optional(HasSubstr("phx_ref")));
}

TEST(PresenceFields, HaveABound) {
  const auto meta_of = [](std::size_t bytes) {
    return R"({"a":")" + std::string(bytes - 8, 'x') + "\"}";
  };
  EXPECT_TRUE(presence_fields(meta_of(limits::presence_meta_bytes_max)));
  EXPECT_FALSE(presence_fields(meta_of(limits::presence_meta_bytes_max + 1)));
}

TEST(PresenceKey, HasABoundAndIsText) {
  EXPECT_TRUE(is_presence_key(""));
  EXPECT_TRUE(is_presence_key(std::string(limits::presence_key_bytes_max, 'x')));
  EXPECT_FALSE(is_presence_key(std::string(limits::presence_key_bytes_max + 1, 'x')));
  EXPECT_FALSE(is_presence_key("\xff"));
}

}  // namespace
}  // namespace roost::channel
