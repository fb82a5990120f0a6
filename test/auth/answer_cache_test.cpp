#include "auth/answer_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace roost::auth {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{1h};
constexpr std::size_t enough_bytes = 1 << 20;

Decision of_user(const std::string& user) {
  return Decision::allow_user(user);
}

TEST(AnswerCaches, KnowAnAnswerUntilItsTimeIsOver) {
  AnswerCache cache(10, enough_bytes);
  cache.put("a", of_user("ann"), start + 10s);
  ASSERT_NE(cache.find("a", start + 10s - 1ns), nullptr);
  EXPECT_EQ(cache.find("a", start)->user, "ann");
  EXPECT_EQ(cache.find("b", start), nullptr);
  EXPECT_EQ(cache.find("a", start + 10s), nullptr);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(AnswerCaches, KeepTheLatestOfAKey) {
  AnswerCache cache(10, enough_bytes);
  cache.put("a", of_user("ann"), start + 1s);
  cache.put("a", of_user("ben"), start + 9s);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.find("a", start + 5s)->user, "ben");
}

TEST(AnswerCaches, DropWhatWasUsedLongestAgo) {
  AnswerCache cache(2, enough_bytes);
  cache.put("a", of_user("ann"), start + 1s);
  cache.put("b", of_user("ben"), start + 1s);
  cache.find("a", start);
  cache.put("c", of_user("cay"), start + 1s);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_NE(cache.find("a", start), nullptr);
  EXPECT_EQ(cache.find("b", start), nullptr);
  EXPECT_NE(cache.find("c", start), nullptr);
}

TEST(AnswerCaches, HoldSoManyBytesAndNoMore) {
  const Decision decision = of_user(std::string(1000, 'u'));
  const std::size_t bytes = AnswerCache::bytes_of("a", decision);
  EXPECT_GT(bytes, 1000U);
  AnswerCache cache(10, 2 * bytes);
  for (const char* key : {"a", "b"}) cache.put(key, decision, start + 1s);
  EXPECT_EQ(cache.bytes(), 2 * bytes);
  cache.put("c", decision, start + 1s);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.bytes(), 2 * bytes);
  EXPECT_EQ(cache.find("a", start), nullptr);
}

TEST(AnswerCaches, DoNotKeepWhatAloneIsTooLarge) {
  const Decision large = of_user(std::string(1000, 'u'));
  const std::size_t bytes = AnswerCache::bytes_of("a", large);
  AnswerCache exact(10, bytes), small(10, bytes - 1);
  exact.put("a", large, start + 1s);
  EXPECT_EQ(exact.size(), 1U);
  small.put("a", of_user("u"), start + 1s);
  small.put("a", large, start + 1s);
  EXPECT_EQ(small.size(), 0U);
}

TEST(AnswerCaches, CountAllThatAnAnswerSays) {
  Decision decision = of_user("u");
  std::size_t bytes = AnswerCache::bytes_of("a", decision);
  const auto grows = [&] {
    const std::size_t before = std::exchange(bytes, AnswerCache::bytes_of("a", decision));
    return bytes >= before + 100;
  };
  const std::string text(100, 't');
  EXPECT_TRUE((decision.claims = text, grows()));
  EXPECT_TRUE((decision.response = text, grows()));
  EXPECT_TRUE((decision.attributes = text, grows()));
  EXPECT_TRUE((decision.log_reason = text, grows()));
  EXPECT_TRUE((decision.socket_id = text, grows()));
  EXPECT_TRUE((decision.rights.publish_types = {text}, grows()));
  EXPECT_TRUE((decision.rights.receive_types = {text}, grows()));
}

}  // namespace
}  // namespace roost::auth
