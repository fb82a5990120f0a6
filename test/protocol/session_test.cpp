// The rules of Session, each as a script (see session_player.hpp): played as
// it stands, and with the socket cut before each of its steps.
#include "protocol/session.hpp"

#include <gtest/gtest.h>

#include <string>

#include "protocol/session_player.hpp"
#include "protocol/session_scripts.hpp"

namespace roost::protocol {
namespace {

static_assert(sizeof(Session) <= 64, "a server holds one of these for each idle socket");

class SessionScript : public testing::TestWithParam<Script> {};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

TEST_P(SessionScript, GoesAsWritten) {
  SessionPlayer player;
  std::string expected;
  std::string seen;
  for (const ScriptStep& step : read_script(GetParam().text)) {
    expected += step.input + "\n" + joined(step.actions);
    seen += step.input + "\n" + joined(player.play(step.input));
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(player.ledger().verdict(), "");
}

TEST_P(SessionScript, EndsEveryJoinOnceWhereverTheSocketIsCut) {
  const std::vector<ScriptStep> steps = read_script(GetParam().text);
  for (std::size_t cut = 0; cut <= steps.size(); ++cut) {
    SessionPlayer player;
    for (std::size_t i = 0; i < cut; ++i) player.play(steps[i].input);
    player.play("close");
    // What still comes, of the client or of channels and hooks that were slow to hear of it.
    for (std::size_t i = cut; i < steps.size(); ++i) player.play(steps[i].input);
    for (const auto& [id, topic] : player.ledger().topics()) {
      for (const char* verb : {"allow", "deny", "resume", "stop", "crash"}) {
        player.play(verb + (" " + std::to_string(id)) + " {}");
      }
    }
    player.play("close");
    EXPECT_EQ(player.ledger().verdict(), "") << "cut before step " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(, SessionScript, testing::ValuesIn(session_scripts()),
                         [](const auto& script) { return std::string(script.param.name); });

TEST(Session, NamesEachJoinAnew) {
  SessionPlayer player;
  for (int i = 1; i <= 3; ++i) {
    const std::vector<std::string> actions =
        player.play(R"(say [null,null,"echo:a","phx_join",{}])");
    EXPECT_EQ(actions.back(), "ask " + std::to_string(i) + " echo:a {}");
  }
}

TEST(Session, CountsPendingJoinsTowardsTheLimit) {
  SessionPlayer player;
  const auto join = [&player](int topic) {
    return player.play(R"(say ["1","1","echo:)" + std::to_string(topic) + R"(","phx_join",{}])")
        .back();
  };
  for (int topic = 1; topic <= 100; ++topic) {
    EXPECT_EQ(join(topic).substr(0, 3), "ask");
    if (topic % 2 == 0) player.play("allow " + std::to_string(topic) + " {}");
  }
  EXPECT_EQ(join(101), R"(> ["1","1","echo:101","phx_reply",{"status":"error",)"
                       R"("response":{"reason":"too many channels joined"}}])");
  player.play("deny 1 {}");
  EXPECT_EQ(join(101), "ask 101 echo:101 {}");
}

}  // namespace
}  // namespace roost::protocol
