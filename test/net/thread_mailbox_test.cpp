#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <memory>
#include <string>
#include <vector>

#include "net/io_thread.hpp"

namespace roost::net {
namespace {

channel::Publish message_of(std::size_t bytes) {
  auto broadcast = std::make_shared<channel::Broadcast>();
  broadcast->payload = std::string(bytes - sizeof(channel::Broadcast), 'x');
  return {std::move(broadcast)};
}

TEST(ThreadMailbox, IsFullBeyondItsBoundUntilItIsRead) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  std::size_t received = 0;
  mailbox.set_receiver([&](const auto& messages) { received += messages.size(); });
  mailbox.post(message_of(limits::mailbox_bytes_max - 1000));
  mailbox.post(message_of(1000));
  EXPECT_FALSE(mailbox.is_full());
  mailbox.post(message_of(sizeof(channel::Broadcast)));
  EXPECT_TRUE(mailbox.is_full());
  // It refuses nothing: others are asked to add no more.
  mailbox.post(message_of(1000));
  io.run();
  EXPECT_EQ(received, 4u);
  EXPECT_FALSE(mailbox.is_full());
}

TEST(ThreadMailbox, CountsWhatAQuestionOfTheHistoryHolds) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  mailbox.set_receiver([](const auto&) {});
  const std::string half(limits::mailbox_bytes_max / 2, 'x');
  for (const channel::Since& since : {channel::Since(channel::SincePosition{half, 1}),
                                      channel::Since(channel::SinceEvent{half})}) {
    EXPECT_FALSE(mailbox.is_full());
    mailbox.post(channel::AskHistory{std::make_shared<const channel::HistoryQuestion>(
        channel::HistoryQuestion{"events:a", {}, since})});
  }
  EXPECT_TRUE(mailbox.is_full());
}

TEST(ThreadMailbox, HandsOverAPartOfMuchInEachTurn) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  std::vector<std::size_t> received;
  mailbox.set_receiver([&](const auto& messages) { received.push_back(messages.size()); });
  for (int i = 0; i < 3; ++i) mailbox.post(message_of(300 * 1024));
  io.run();
  EXPECT_EQ(received, (std::vector<std::size_t>{2, 1}));
}

TEST(ThreadMailbox, HandsOverTogetherWhatWasPutBeforeItsReaderIsWoken) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  std::vector<std::size_t> received;
  mailbox.set_receiver([&](const auto& messages) { received.push_back(messages.size()); });
  EXPECT_EQ(mailbox.put(message_of(1000)), channel::Mailbox::Reader::asleep);
  io.poll();
  EXPECT_EQ(mailbox.put(message_of(1000)), channel::Mailbox::Reader::asleep);
  EXPECT_TRUE(received.empty());
  mailbox.wake();
  EXPECT_EQ(mailbox.put(message_of(1000)), channel::Mailbox::Reader::awake);
  mailbox.wake();
  io.restart();
  io.run();
  EXPECT_EQ(received, std::vector<std::size_t>{3});
}

TEST(ThreadMailbox, WakesItsReaderForAPostBehindWhatWasPut) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  std::vector<std::size_t> received;
  mailbox.set_receiver([&](const auto& messages) { received.push_back(messages.size()); });
  mailbox.put(message_of(1000));
  mailbox.post(message_of(1000));
  io.run();
  EXPECT_EQ(received, std::vector<std::size_t>{2});
}

TEST(ThreadMailbox, CallsItsReaderAgainForWhatIsPutWhileItReads) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  std::vector<std::size_t> received;
  mailbox.set_receiver([&](const auto& messages) {
    received.push_back(messages.size());
    if (received.size() == 2) return;
    EXPECT_EQ(mailbox.put(message_of(1000)), channel::Mailbox::Reader::awake);
  });
  mailbox.post(message_of(1000));
  io.run();
  EXPECT_EQ(received, (std::vector<std::size_t>{1, 1}));
}

TEST(ThreadMailbox, TakesNothingMoreWhenItIsClosed) {
  boost::asio::io_context io;
  ThreadMailbox mailbox(io);
  mailbox.set_receiver([](const auto&) { FAIL() << "it is closed"; });
  mailbox.close();
  mailbox.post(message_of(1000));
  mailbox.put(message_of(1000));
  mailbox.wake();
  io.run();
}

}  // namespace
}  // namespace roost::net
