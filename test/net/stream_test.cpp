#include "net/stream.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <limits>

namespace roost::net {
namespace {

using namespace std::chrono_literals;

int option_of(const Stream& stream, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(stream.descriptor(), level, option, &value, &size), 0);
  return value;
}

Stream fresh_stream() {
  return Stream(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

TEST(Streams, HaveTheKernelAskAfterASilentPeerWhereThatIsWanted) {
  Stream stream = fresh_stream();
  EXPECT_EQ(option_of(stream, SOL_SOCKET, SO_KEEPALIVE), 0);
  stream.keep_alive(60s);
  EXPECT_EQ(option_of(stream, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option_of(stream, IPPROTO_TCP, TCP_KEEPIDLE), 60);
}

TEST(Streams, HaveTheKernelCutAPeerThatAcknowledgesNothingWhenTheQuestionsAreOver) {
  Stream stream = fresh_stream();
  EXPECT_EQ(option_of(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
  stream.keep_alive(60s);
  const int asking_s =
      option_of(stream, IPPROTO_TCP, TCP_KEEPINTVL) * option_of(stream, IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_EQ(option_of(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), (60 + asking_s) * 1000);
}

TEST(Streams, BoundTheWaitForAcknowledgementsOfTheLongestSilence) {
  Stream stream = fresh_stream();
  stream.keep_alive(24h * 365);
  EXPECT_EQ(option_of(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), std::numeric_limits<int>::max());
}

TEST(Streams, AskAfterASecondOfSilenceAtTheEarliest) {
  Stream stream = fresh_stream();
  stream.keep_alive(20ms);
  EXPECT_EQ(option_of(stream, IPPROTO_TCP, TCP_KEEPIDLE), 1);
}

}  // namespace
}  // namespace roost::net
