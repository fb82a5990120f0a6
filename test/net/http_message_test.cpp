#include "net/http_message.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/byte_budget.hpp"
#include "net/long_poll_http.hpp"
#include "net/session_token.hpp"

namespace roost::net {
namespace {

TEST(HttpRequest, HasTheFirstHeaderOfANameInAnyCase) {
  const std::vector<HeaderField> headers = {
      {"X-A", " \t1 2\t"}, {"x-a", "3"}, {"X-Ab", "4"}, {"X-Empty", " "}};
  HttpRequest request;
  request.headers = headers;
  EXPECT_EQ(request.header("x-a"), "1 2");
  EXPECT_EQ(request.header("x-empty"), "");
  EXPECT_FALSE(request.header("x"));
}

TEST(HttpRequest, IsKeptWithItsBytes) {
  auto text = std::make_unique<std::string>("GET/pathqueryNameValuepeer");
  const std::string_view all = *text;
  const std::vector<HeaderField> headers = {{all.substr(13, 4), all.substr(17, 5)}};
  const KeptRequest kept(HttpRequest{all.substr(0, 3), all.substr(3, 5), all.substr(8, 5), 10,
                                     headers, all.substr(22), "body"});
  text->assign(text->size(), '?');
  EXPECT_EQ(kept.head().method, "GET");
  EXPECT_EQ(kept.head().path, "/path");
  EXPECT_EQ(kept.head().query, "query");
  EXPECT_EQ(kept.head().http_version, 10u);
  EXPECT_EQ(kept.head().header("name"), "Value");
  EXPECT_EQ(kept.head().peer, "peer");
  EXPECT_EQ(kept.head().body, "");
}

TEST(LongPollQuery, TakesTheLastTokenThatWeHaveSignedAndLeavesTheOthers) {
  const SessionTokens tokens(std::string(32, 's'), 1);
  const auto now = SessionTokens::Time{};
  const std::string first = tokens.make({1}, now), last = tokens.make({2}, now);
  const std::string foreign = SessionTokens(std::string(32, 't'), 1).make({3}, now);

  const auto both = split_query("token=u&a=1&token=" + first + "&token=" + last + "&b", tokens);
  EXPECT_EQ(both.token, last);
  EXPECT_EQ(both.params, "token=u&a=1&b");

  const auto before = split_query("token=" + first + "&token=" + foreign, tokens);
  EXPECT_EQ(before.token, first);
  EXPECT_EQ(before.params, "token=" + foreign);

  for (const std::string& query : {std::string(), "vsn=2.0.0&token=&tok=" + first,
                                   "a[token]=" + first, "token=" + first + "x"}) {
    const auto none = split_query(query, tokens);
    EXPECT_FALSE(none.token) << query;
    EXPECT_EQ(none.params, query);
  }
}

TEST(ByteBudget, GivesNoMoreThanThereIsAndTakesItBack) {
  ByteBudget budget(10);
  ByteBudget::Reservation one(budget);
  EXPECT_TRUE(one.set(4));
  {
    ByteBudget::Reservation other(budget);
    EXPECT_TRUE(other.set(6));
    EXPECT_FALSE(one.set(5));
    EXPECT_FALSE(other.set(7));
    EXPECT_EQ(budget.used(), 10u);
    EXPECT_TRUE(other.set(5));
    EXPECT_TRUE(one.set(5));
  }
  EXPECT_EQ(budget.used(), 5u);
  EXPECT_TRUE(one.set(10));
  EXPECT_FALSE(one.set(static_cast<std::size_t>(-1)));
  EXPECT_EQ(budget.used(), 10u);
}

}  // namespace
}  // namespace roost::net
