#include "net/http_message.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/byte_budget.hpp"

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

TEST(HeaderFields, OfOneNameMakeOneList) {
  const std::vector<HeaderField> headers = {{"X-A", "1, 2"}, {"X-B", "3"}, {"x-a", "4"}};
  EXPECT_EQ(joined_fields(headers, "x-a"), "1, 2, 4");
  EXPECT_EQ(joined_fields(headers, "x-b"), "3");
  EXPECT_EQ(joined_fields(headers, "x-c"), std::nullopt);
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
