#include "net/proxies.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roost::net {
namespace {

using Transport = ConnectionInfo::Transport;

class ProxiesTest : public testing::Test {
 protected:
  Proxies::Client client_of(std::string_view peer, std::vector<HeaderField> headers) const {
    HttpRequest request;
    request.peer = peer;
    request.headers = headers;
    return Proxies::parse(proxies_)->client_of(request);
  }
  std::string peer_of(std::string_view peer, std::string_view forwarded) const {
    return client_of(peer, {{"X-Forwarded-For", forwarded}}).peer;
  }

  std::vector<std::string> proxies_ = {"10.0.0.0/8", "192.0.2.7", "fd00::/8", "::1"};
};

TEST_F(ProxiesTest, AreBelievedAndOthersAreNot) {
  EXPECT_EQ(peer_of("10.1.2.3:5000", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(peer_of("192.0.2.7:5000", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(peer_of("192.0.2.8:5000", "203.0.113.9"), "192.0.2.8:5000");
  EXPECT_EQ(peer_of("11.0.0.1:5000", "203.0.113.9"), "11.0.0.1:5000");
  EXPECT_EQ(peer_of("[fd12::1]:5000", "2001:db8::9"), "2001:db8::9");
  EXPECT_EQ(peer_of("[::1]:5000", "2001:db8::9"), "2001:db8::9");
  EXPECT_EQ(peer_of("[2001:db8::1]:5000", "203.0.113.9"), "[2001:db8::1]:5000");
}

TEST_F(ProxiesTest, SayWhetherTheirClientsSpeakTlsAndNotHowTheyComeThemselves) {
  const auto transport = [this](std::string_view peer, std::string_view protocol) {
    HttpRequest request;
    const std::vector<HeaderField> headers{{"X-Forwarded-Proto", protocol}};
    request.peer = peer;
    request.headers = headers;
    request.transport = Transport::tls;
    return Proxies::parse(proxies_)->client_of(request).transport;
  };
  EXPECT_EQ(transport("10.0.0.1:5000", "https"), Transport::tls);
  EXPECT_EQ(transport("10.0.0.1:5000", "http"), Transport::plain);
  EXPECT_EQ(transport("203.0.113.9:5000", "http"), Transport::tls);
}

TEST_F(ProxiesTest, AreNoneByDefault) {
  proxies_.clear();
  EXPECT_EQ(peer_of("127.0.0.1:5000", "203.0.113.9"), "127.0.0.1:5000");
}

TEST_F(ProxiesTest, TellOfOneAnotherFromTheLastOn) {
  EXPECT_EQ(peer_of("10.0.0.1:5000", "198.51.100.1, 203.0.113.9, 10.9.9.9"), "203.0.113.9");
  EXPECT_EQ(peer_of("10.0.0.1:5000", "10.3.3.3, 10.9.9.9"), "10.3.3.3");
  EXPECT_EQ(client_of("10.0.0.1:5000", {{"x-forwarded-for", "198.51.100.1"},
                                        {"host", "h"},
                                        {"X-Forwarded-For", "203.0.113.9"}})
                .peer,
            "203.0.113.9");
}

TEST_F(ProxiesTest, MayWritePortsAndBrackets) {
  EXPECT_EQ(peer_of("10.0.0.1:5000", "203.0.113.9:4711"), "203.0.113.9");
  EXPECT_EQ(peer_of("10.0.0.1:5000", "[2001:db8::9]:4711"), "2001:db8::9");
  EXPECT_EQ(peer_of("10.0.0.1:5000", "[2001:db8::9]"), "2001:db8::9");
  EXPECT_EQ(peer_of("10.0.0.1:5000", "::ffff:203.0.113.9"), "203.0.113.9");
}

TEST_F(ProxiesTest, AreKnownWhereTheSocketTakesBothKinds) {
  EXPECT_EQ(peer_of("[::ffff:10.0.0.1]:5000", "203.0.113.9"), "203.0.113.9");
}

TEST_F(ProxiesTest, AreNotBelievedBeyondWhatIsNoAddress) {
  EXPECT_EQ(peer_of("10.0.0.1:5000", "203.0.113.9, unknown"), "10.0.0.1:5000");
  EXPECT_EQ(peer_of("10.0.0.1:5000", "203.0.113.9, unknown, 10.2.2.2"), "10.2.2.2");
  EXPECT_EQ(peer_of("10.0.0.1:5000", ""), "10.0.0.1:5000");
  EXPECT_EQ(peer_of("10.0.0.1:5000", "[203.0.113.9"), "10.0.0.1:5000");
  EXPECT_EQ(client_of("10.0.0.1:5000", {}).peer, "10.0.0.1:5000");
}

TEST_F(ProxiesTest, SayWhetherTheirClientUsedTls) {
  const auto transport = [this](std::string_view peer, std::string_view protocols) {
    return client_of(peer, {{"X-Forwarded-Proto", protocols}}).transport;
  };
  EXPECT_EQ(transport("10.0.0.1:5000", "https"), Transport::tls);
  EXPECT_EQ(transport("10.0.0.1:5000", "http, https"), Transport::tls);
  EXPECT_EQ(transport("10.0.0.1:5000", "https, http"), Transport::plain);
  EXPECT_EQ(transport("192.0.2.8:5000", "https"), Transport::plain);
}

TEST_F(ProxiesTest, AreAddressesOrNetworks) {
  const auto error_of = [](const std::string& entry) {
    const auto proxies = Proxies::parse({entry});
    return proxies.has_value() ? "" : proxies.error().message;
  };
  EXPECT_EQ(error_of("10.1.2.3/8"), "");
  EXPECT_EQ(error_of("proxy.example"), "expected an address, or a network such as 10.0.0.0/8");
  for (const char* entry : {"10.0.0.0/33", "10.0.0/8", "", "/8", "fd00::/129", "10.0.0.0/", ":/8"})
    EXPECT_NE(error_of(entry), "") << entry;
}

}  // namespace
}  // namespace roost::net
