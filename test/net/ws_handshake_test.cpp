#include "net/ws_handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace roost::net {
namespace {

using protocol::Wire;
using testing::HasSubstr;
using testing::Not;

/// A request as browsers send it, to be spoiled in one place.
struct Request {
  std::string method = "GET";
  std::string query = "vsn=2.0.0";
  unsigned http_version = 11;
  std::vector<HeaderField> headers = {
      {"Host", "app.example:4000"},    {"Connection", "keep-alive, Upgrade"},
      {"Upgrade", "websocket"},        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
      {"Sec-WebSocket-Version", "13"},
  };

  Request& with(std::string_view name, std::string_view value) {
    without(name);
    headers.push_back({name, value});
    return *this;
  }
  Request& without(std::string_view name) {
    std::erase_if(headers, [&](const HeaderField& field) { return field.name == name; });
    return *this;
  }
  operator UpgradeRequest() const { return {method, query, http_version, headers}; }
};

Result<Handshake, Refusal> connect(const Request& request) {
  return check_connect(request, *OriginPolicy::parse({}));
}

unsigned connect_status(const Request& request) {
  const auto result = connect(request);
  return result ? 101 : result.error().status;
}

unsigned vsn_status(const std::string& vsn) {
  return connect_status({.query = "vsn=" + vsn});
}

Request offering(std::string_view subprotocols) {
  return Request{}.with("Sec-WebSocket-Protocol", subprotocols);
}

TEST(WsHandshake, AnswersTheKeyOfRfc6455Section13) {
  const auto accept = check_upgrade(Request{});
  ASSERT_TRUE(accept);
  EXPECT_EQ(*accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WsHandshake, WritesTheHeadThatSwitchesProtocols) {
  Handshake handshake;
  EXPECT_EQ(make_101(handshake, "abc="),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: abc=\r\n\r\n");
  handshake.subprotocol = "phoenix";
  EXPECT_EQ(make_101(handshake, "abc="),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: abc=\r\nSec-WebSocket-Protocol: phoenix\r\n\r\n");
}

TEST(WsHandshake, TakesTheVersionsThatPhoenixTakes) {
  for (const char* vsn : {"2.0.0", "2.0.1", "2.0.99", "2.0.0%2Bbuild.01", "2.0.1-rc.1"}) {
    EXPECT_EQ(connect({.query = std::string("vsn=") + vsn})->wire, Wire::v2) << vsn;
  }
  for (const char* vsn : {"1.0.0", "1.0.5"}) {
    EXPECT_EQ(connect({.query = std::string("vsn=") + vsn})->wire, Wire::v1) << vsn;
  }
  EXPECT_EQ(connect({.query = ""})->wire, Wire::v1);
  EXPECT_EQ(connect({.query = "vsn=1.0.0&vsn=2.0.0"})->wire, Wire::v2);
}

TEST(WsHandshake, RefusesTheVersionsThatPhoenixRefuses) {
  for (const char* vsn :
       {"3.0.0",    "2.1.0",      "1.1.0",       "2",        "2.0",          "",
        "abc",      "2.0.0-rc.1", "2.0.01",      "02.0.0",   "2.0.0.0",      "2.0.",
        "2.0.x",    " 2.0.0",     "2.0.0+build", "2.0.0%2B", "2.0.0%2Ba..b", "2.0.1-",
        "2.0.1-01", "2.0.1-a_b",  "2.1.0-rc.1",  "0.0.0",    "v2.0.0"}) {
    EXPECT_EQ(vsn_status(vsn), 403u) << vsn;
  }
  EXPECT_EQ(connect_status({.query = "vsn[]=2.0.0"}), 403u);
  EXPECT_EQ(connect_status({.query = "vsn"}), 403u);
}

TEST(WsHandshake, ReadsTheAuthTokenAndAnswersPhoenix) {
  const auto handshake = connect(offering("phoenix, base64url.bearer.phx.c2VjcmV0LXRva2Vu"));
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->token, "secret-token");
  EXPECT_EQ(handshake->subprotocol, "phoenix");
}

TEST(WsHandshake, ReadsSubprotocolsFromSeveralLines) {
  Request request = offering("other");
  request.headers.push_back({"sec-websocket-protocol", "phoenix"});
  request.headers.push_back({"Sec-WebSocket-Protocol", "base64url.bearer.phx.YQ"});
  const auto handshake = connect(request);
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->token, "a");
  EXPECT_EQ(handshake->subprotocol, "phoenix");
  request = offering("base64url.bearer.phx.YQ");
  request.headers.push_back({"Sec-WebSocket-Protocol", "cloudevents.json"});
  EXPECT_TRUE(check_stream_connect(request, *OriginPolicy::parse({})));
}

TEST(WsHandshake, AnswersNoSubprotocolWhereOnlyATokenIsOffered) {
  const auto handshake = connect(offering("base64url.bearer.phx.c2VjcmV0LXRva2Vu"));
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->token, "secret-token");
  EXPECT_EQ(handshake->subprotocol, "");
}

TEST(WsHandshake, OfAStreamNeedsItsSubprotocolAndNoVersion) {
  const auto status = [](const Request& request) {
    const auto result = check_stream_connect(request, *OriginPolicy::parse({}));
    return result ? 101U : result.error().status;
  };
  Request request = offering("cloudevents.avro, cloudevents.json, base64url.bearer.phx.YQ");
  request.query = "types=a";
  const auto handshake = check_stream_connect(request, *OriginPolicy::parse({}));
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->wire, Wire::cloudevents);
  EXPECT_EQ(handshake->token, "a");
  EXPECT_THAT(make_101(*handshake, "abc="),
              HasSubstr("Sec-WebSocket-Protocol: cloudevents.json\r\n"));
  EXPECT_EQ(status({}), 400U);
  EXPECT_EQ(status(offering("phoenix, cloudevents.avro")), 400U);
  EXPECT_EQ(status(offering("cloudevents.json, base64url.bearer.phx.Y")), 403U);
  EXPECT_EQ(status(offering("cloudevents.json").with("Origin", "https://evil.example")), 403U);
}

TEST(WsHandshake, TakesNoTokenOfTwo) {
  const auto handshake =
      connect(offering("phoenix,base64url.bearer.phx.YQ,base64url.bearer.phx.Yg"));
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->token, std::nullopt);
  EXPECT_EQ(connect_status(offering("base64url.bearer.phx.YQ,base64url.bearer.phx.Yg")), 403u);
}

TEST(WsHandshake, ReadsATokenOfAnyLengthWithOrWithoutPadding) {
  const auto token = [](const std::string& encoded) {
    const std::string header = "base64url.bearer.phx." + encoded;
    const auto handshake = connect(offering(header));
    return handshake ? handshake->token : std::nullopt;
  };
  EXPECT_EQ(token(""), "");
  EXPECT_EQ(token("YQ"), "a");
  EXPECT_EQ(token("YQ=="), "a");
  EXPECT_EQ(token("YWI"), "ab");
  EXPECT_EQ(token("YWI="), "ab");
  EXPECT_EQ(token("YWJj"), "abc");
  EXPECT_EQ(token("+/+/"), "\xFB\xFF\xBF");
}

TEST(WsHandshake, RefusesATokenThatIsNotBase64) {
  for (const char* encoded : {"Y", "YQ=", "YWJj=", "YWJj====", "Y-_Y", "Y Q", "YQ==YQ=="}) {
    const std::string header = "phoenix, base64url.bearer.phx." + std::string(encoded);
    EXPECT_EQ(connect_status(offering(header)), 403u) << encoded;
  }
}

TEST(WsHandshake, RefusesSubprotocolsWithoutPhoenix) {
  EXPECT_EQ(connect_status(offering("graphql-ws, other")), 403u);
  EXPECT_EQ(connect_status(offering("base64url.bearer.phx.YQ, other")), 403u);
  EXPECT_EQ(connect_status(offering("Phoenix")), 403u);
  EXPECT_EQ(connect_status(offering(" , ")), 403u);
  EXPECT_EQ(connect_status(offering("other,phoenix")), 101u);
}

TEST(WsHandshake, KeepsTokensOutOfTheReason) {
  const auto refused = connect(offering("other, base64url.bearer.phx.c2VjcmV0LXRva2Vu"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().reason, Not(HasSubstr("c2VjcmV0")));
}

TEST(WsHandshake, HandsOutTheConnectParams) {
  const auto handshake = connect({.query = "vsn=2.0.0&user[id]=7"});
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->params.params_json(), R"({"user":{"id":"7"},"vsn":"2.0.0"})");
}

TEST(WsHandshake, RefusesInTheOrderOfPhoenix) {
  // Each request breaks the rules of all that follow as well.
  auto request = offering("other").with("Origin", "http://evil.example").without("Upgrade");
  request.method = "POST";
  request.query = "vsn=9.0.0&a=%ff";
  EXPECT_THAT(connect(request).error().reason, HasSubstr("method"));
  request.method = "GET";
  EXPECT_THAT(connect(request).error().reason, HasSubstr("UTF-8"));
  EXPECT_EQ(connect_status(request), 400u);
  request.query = "vsn=9.0.0";
  EXPECT_THAT(connect(request).error().reason, HasSubstr("origin http://evil.example"));
  EXPECT_EQ(connect_status(request), 403u);
  request.without("Origin");
  EXPECT_THAT(connect(request).error().reason, HasSubstr("subprotocol"));
  request.without("Sec-WebSocket-Protocol");
  EXPECT_THAT(connect(request).error().reason, HasSubstr("vsn 9.0.0"));
  request.query = "vsn=2.0.0";
  EXPECT_TRUE(connect(request));
  EXPECT_EQ(check_upgrade(request).error().status, 400u);
}

TEST(WsHandshake, RefusesWhatIsNoUpgrade) {
  const std::vector<Request> spoiled = {
      Request{.http_version = 10},
      Request{}.without("Host"),
      Request{}.without("Connection"),
      Request{}.with("Connection", "keep-alive"),
      Request{}.with("Connection", "upgraded"),
      Request{}.without("Upgrade"),
      Request{}.with("Upgrade", "h2c"),
      Request{}.without("Sec-WebSocket-Key"),
      Request{}.with("Sec-WebSocket-Key", ""),
      Request{}.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ"),
      Request{}.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQA="),
      Request{}.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZS!="),
      Request{}.without("Sec-WebSocket-Version"),
      Request{}.with("Sec-WebSocket-Version", "8"),
      Request{}.with("Sec-WebSocket-Version", "13, 8"),
  };
  for (std::size_t i = 0; i < spoiled.size(); ++i) {
    const auto result = check_upgrade(spoiled[i]);
    ASSERT_FALSE(result) << "request " << i;
    EXPECT_EQ(result.error().status, 400u);
  }
}

TEST(WsHandshake, ReadsHeadersWhateverTheirCaseAndNumber) {
  auto request = Request{}.without("Connection").with("Upgrade", "h2c, WebSocket");
  request.headers.push_back({"connection", "keep-alive"});
  request.headers.push_back({"CONNECTION", " UPGRADE "});
  EXPECT_TRUE(check_upgrade(request));
}

}  // namespace
}  // namespace roost::net
