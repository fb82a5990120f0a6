// Presence on topics events:*, where [events] presence switches it on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "channel/event_requests.hpp"
#include "channel/world.hpp"

namespace roost::channel {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

constexpr const char* invalid_presence = R"({"reason":"invalid_presence"})";
// World's clock at the beginning.
constexpr auto now =
    std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'323'045'678));

ShardSettings with_presence() {
  ShardSettings settings;
  settings.event_presence = ShardSettings::EventPresence::on;
  settings.presence.members_max = 2;
  return settings;
}

class EventPresence : public testing::Test {
 protected:
  EventPresence() { world_.serve_events(); }

  Client client(std::string user) { return Client(world_, 0, protocol::Wire::v2, std::move(user)); }

  World world_{1, with_presence()};
};

TEST_F(EventPresence, IsOffByDefault) {
  World world;
  world.serve_events();
  Client ann(world, 0, protocol::Wire::v2, "ann");
  ann.joins(lobby, R"({"presence_meta":7})");
  EXPECT_THAT(ann.hears(), ElementsAre(join_reply(lobby, Status::ok)));
}

TEST_F(EventPresence, TracksAUserSinceWhenHeIsThere) {
  Client ann = client("ann");
  ann.joins(lobby);
  const std::string_view metas =
      R"("ann":\{"metas":\[\{"online_at":"1767323045","phx_ref":"[^"]+"\}\]\})";
  EXPECT_THAT(
      ann.hears(),
      ElementsAre(
          join_reply(lobby, Status::ok),
          MatchesRegex(fmt::format(
              R"(\[null,null,"events:lobby","presence_diff",\{{"joins":\{{{}\}},"leaves":\{{\}}\}}\])",
              metas)),
          MatchesRegex(
              fmt::format(R"(\[1,null,"events:lobby","presence_state",\{{{}\}}\])", metas))));
}

TEST_F(EventPresence, AddsWhatTheJoinSaysOfItself) {
  Client ann = client("ann");
  ann.joins(lobby, R"({"presence_meta": { "device" : "phone" },"event_types":["t"]})");
  ann.hears();
  Client ben = client("ben");
  ben.joins(lobby);
  EXPECT_THAT(ben.hears()[2],
              HasSubstr(R"({"online_at":"1767323045","device" : "phone","phx_ref":")"));
}

TEST_F(EventPresence, ShowsNobodyWithoutAUserButShowsHimTheOthers) {
  Client ann = client("ann");
  ann.enters(lobby);
  Client nobody = client("");
  nobody.joins(lobby, R"({"presence_key":"ann"})");
  EXPECT_THAT(nobody.hears(), ElementsAre(join_reply(lobby, Status::ok),
                                          HasSubstr(R"("presence_state",{"ann":{"metas":[{)")));
  EXPECT_THAT(ann.hears(), IsEmpty());
}

TEST_F(EventPresence, ShowsTheKeyOfTheJoinWhereAuthorizeJoinAllowsIt) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    Decision decision = Decision::allow();
    decision.rights.chooses_presence_key = true;
    return decision;
  };
  Client nobody = client("");
  nobody.joins(lobby, R"({"presence_key":"__proto__"})");
  EXPECT_THAT(nobody.hears().back(), HasSubstr(R"("presence_state",{"__proto__":{"metas":[{)"));
  Client ann = client("ann");
  ann.joins(lobby);
  EXPECT_THAT(ann.hears().back(), HasSubstr(R"("ann":{"metas":[{)"));
}

TEST_F(EventPresence, ShowsTheUserWhateverTheJoinSaysElsewhere) {
  Client ann = client("ann");
  ann.joins(lobby, R"({"presence_key":"ben"})");
  EXPECT_THAT(ann.hears().back(), HasSubstr(R"("presence_state",{"ann":{"metas":[{)"));
}

TEST_F(EventPresence, LetsThoseInWhomItCannotTrack) {
  Client ann = client("ann"), ben = client("ben"), cid = client("cid");
  for (Client* one : {&ann, &ben}) one->enters(lobby);
  ann.hears();
  cid.joins(lobby);
  EXPECT_THAT(cid.hears(), ElementsAre(join_reply(lobby, Status::ok), HasSubstr(R"({"ann":)")));
  EXPECT_THAT(ann.hears(), IsEmpty());
  EXPECT_EQ(world_.count(&ShardCounters::presences_refused), 1u);
  Client long_named = client(std::string(limits::presence_key_bytes_max + 1, 'x'));
  long_named.joins(lobby);
  EXPECT_THAT(long_named.hears(), ElementsAre(join_reply(lobby, Status::ok), HasSubstr("_state")));
}

TEST_F(EventPresence, RefusesAJoinThatCannotBeShown) {
  Client ann = client("ann");
  ann.joins(lobby, R"({"presence_meta":{"online_at":"never"}})");
  EXPECT_THAT(ann.hears(), ElementsAre(join_reply(lobby, Status::error, invalid_presence)));
}

TEST(PresenceWishes, AreBounded) {
  const auto wish = [](const std::string& payload) { return read_presence_wish(payload, now); };
  const std::string at = R"({"online_at":"1767323045"})";
  EXPECT_EQ(wish("{}")->meta, at);
  EXPECT_EQ(wish("{}")->key, std::nullopt);
  EXPECT_EQ(wish(R"({"presence_meta":{}})")->meta, at);
  const auto filler = [&](std::size_t bytes) {
    return fmt::format(R"({{"presence_meta":{{"a":"{}"}}}})", std::string(bytes, 'x'));
  };
  const std::size_t room = limits::presence_meta_bytes_max - at.size() - R"(,"a":"")"sv.size();
  EXPECT_EQ(wish(filler(room))->meta.size(), limits::presence_meta_bytes_max);
  EXPECT_FALSE(wish(filler(room + 1)));
}

TEST(PresenceWishes, HaveKeysThatAreText) {
  const auto key = [](const std::string& json) {
    return read_presence_wish(R"({"presence_key":)" + json + "}", now);
  };
  EXPECT_EQ(key(R"("")")->key, "");
  EXPECT_EQ(key(R"("__proto__")")->key, "__proto__");
  EXPECT_EQ(key(R"("\u0001\"")")->key, "\x01\"");
  const auto of_bytes = [](std::size_t bytes) { return "\"" + std::string(bytes, 'k') + "\""; };
  EXPECT_TRUE(key(of_bytes(limits::presence_key_bytes_max)));
  EXPECT_FALSE(key(of_bytes(limits::presence_key_bytes_max + 1)));
  for (const char* bad : {"7", "null", "[]"}) EXPECT_FALSE(key(bad)) << bad;
}

TEST(PresenceWishes, LeaveTheNamesToRoostThatAreItsOwn) {
  for (const char* name : {"online_at", "phx_ref", "phx_ref_prev"})
    EXPECT_FALSE(read_presence_wish(fmt::format(R"({{"presence_meta":{{"{}":1}}}})", name), now));
  for (const char* bad : {"7", "null", "[]", R"("x")"})
    EXPECT_FALSE(read_presence_wish(fmt::format(R"({{"presence_meta":{}}})", bad), now)) << bad;
}

}  // namespace
}  // namespace roost::channel
