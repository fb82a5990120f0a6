#include "net/topic_path.hpp"

#include <gtest/gtest.h>

#include "net/event_routes.hpp"

namespace roost::net {
namespace {

TEST(TopicPath, IsATopicAndWhatStandsBehindIt) {
  const auto path = topic_path("/api/topics/events:lobby/members/1");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->topic, "events:lobby");
  EXPECT_EQ(path->rest, "members/1");
  EXPECT_EQ(topic_path("/api/topics/room")->rest, "");
}

TEST(TopicPath, HoldsASlashOfTheTopicAsItsCode) {
  const auto path = topic_path("/api/topics/events%3Aa%2fb%20%C3%A9/events");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->topic, "events:a/b \u00e9");
  EXPECT_EQ(path->rest, "events");
}

TEST(TopicPath, IsDecodedOnce) {
  EXPECT_EQ(topic_path("/api/topics/events:100%2525/events")->topic, "events:100%25");
  EXPECT_EQ(topic_path("/api/topics/events:a+b/events")->topic, "events:a+b");
}

TEST(TopicPath, IsNoneWithoutATopicThatCanBe) {
  for (const char* path :
       {"/", "/api/topics", "/api/topics/", "/api/topics//events", "/api/topicsx/a",
        "/api/topics/events:%zz/events", "/api/topics/events:%4", "/api/topics/%",
        "/api/topics/events:%ff/events", "/api/topics/%ed%a0%80/events"})
    EXPECT_FALSE(topic_path(path)) << path;
}

TEST(TopicPath, LeadsToTheTopicsEvents) {
  EXPECT_EQ(events_of("/api/topics/events:lobby/events"), "events:lobby");
  for (const char* path : {"/api/topics/events:lobby", "/api/topics/events:lobby/event",
                           "/api/topics/events:lobby/events/1", "/api/topics/a/b/events"})
    EXPECT_FALSE(events_of(path)) << path;
}

}  // namespace
}  // namespace roost::net
