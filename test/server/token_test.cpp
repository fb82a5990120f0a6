// Tokens over real sockets: by which ways they come, how a connection ends with
// its own, and that no log ever holds one.
#include <roost/limits.hpp>
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/base64.hpp"
#include "server/running_server.hpp"
#include "support/http_client.hpp"
#include "support/jwt_keys.hpp"

namespace roost {
namespace {

using test::HttpClient;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view poll_target = "/socket/longpoll?vsn=2.0.0";

std::int64_t seconds_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
      .time_since_epoch()
      .count();
}

std::string token_for(std::string_view user, std::int64_t seconds = 600) {
  return test::signer(auth::JwtAlgorithm::hs256)
      .sign(R"({"sub":")" + std::string(user) + R"(","exp":)" +
            std::to_string(seconds_now() + seconds) + "}");
}

AuthorizeRule by_jwt(std::map<std::string, HookOption> options = {}) {
  AuthorizeRule rule;
  rule.hook = "jwt";
  rule.options = std::move(options);
  rule.options.emplace("secret", test::secret());
  rule.options.emplace("leeway", std::int64_t{0});
  return rule;
}

class Tokens : public Servers {
 protected:
  Tokens() {
    config_.threads = 1;
    config_.connect_rules = {by_jwt()};
    const auto keep = [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.append(line).append("\n");
    };
    log_of_all_ = std::make_shared<Log>(LogLevel::debug, LogFormat::json, keep);
  }
  void start() {
    server_ = std::make_unique<Server>(config_, log_of_all_);
    server_->start();
  }
  /// What has been logged when the server has ended.
  std::string whole_log() {
    server_.reset();
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  /// An upgrade with these headers, each ended by a line break; its status follows.
  WsClient knock(const std::string& headers, std::string_view query = WsClient::v2_query) {
    WsClient guest(endpoint());
    guest.connect();
    std::string request = WsClient::upgrade_request(query);
    request.insert(request.find("\r\n") + 2, headers);
    guest.send_raw(request);
    return guest;
  }
  int status_of(const std::string& headers, std::string_view query = WsClient::v2_query) {
    return knock(headers, query).read_status();
  }
  std::string poll_with(const std::string& header) {
    return HttpClient(endpoint()).request("GET", poll_target, {header}).body;
  }

 private:
  std::mutex mutex_;
  std::string lines_;
  std::shared_ptr<Log> log_of_all_;
};

std::string in_subprotocol(const std::string& token) {
  return "Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx." + net::encode_base64url(token) +
         "\r\n";
}

TEST_F(Tokens, ComeInTheSubprotocolOrAHeader) {
  start();
  const std::string good = token_for("ann");
  EXPECT_EQ(status_of(in_subprotocol(good)), 101);
  EXPECT_EQ(status_of("Authorization: Bearer " + good + "\r\n"), 101);
  EXPECT_EQ(status_of("Authorization: Basic " + good + "\r\n"), 403);
  EXPECT_EQ(status_of(in_subprotocol(good + "x")), 403);
  EXPECT_EQ(status_of(""), 403);
  EXPECT_THAT(poll_with("X-Phoenix-AuthToken: " + good), HasSubstr(R"("status":410)"));
  EXPECT_THAT(poll_with("X-Phoenix-AuthToken: " + good + "x"), HasSubstr(R"("status":403)"));
  EXPECT_THAT(poll_with("Authorization: Bearer " + good), HasSubstr(R"("status":410)"));
  EXPECT_THAT(poll_with("X-Other: " + good), HasSubstr(R"("status":403)"));
}

TEST_F(Tokens, ComeInAParamOnlyWhereThatIsSwitchedOn) {
  start();
  const std::string query = "?vsn=2.0.0&token=" + token_for("ann");
  EXPECT_EQ(status_of("", query), 403);
  Config fresh = config_;
  fresh.connect_rules = {by_jwt({{"token_param", "token"}})};
  server().reload(fresh);
  // The thread takes the new rules when it comes to it.
  for (int tries = 0; status_of("", query) != 101; ++tries) ASSERT_LT(tries, 100'000);
}

TEST_F(Tokens, EndTheirConnectionWithItsOwnReason) {
  start();
  WsClient ann = knock(in_subprotocol(token_for("ann", 2)));
  ASSERT_EQ(ann.read_status(), 101);
  EXPECT_EQ(ann.join("events:user:ann"), joined("events:user:ann"));
  EXPECT_THAT(ann.read_text(), HasSubstr(R"("phx_error",{"reason":"token_expired"})"));
  EXPECT_EQ(ann.read_close(), 4401);
}

TEST_F(Tokens, AreReplacedByNewerOnes) {
  start();
  WsClient ann = knock(in_subprotocol(token_for("ann", 3)));
  ASSERT_EQ(ann.read_status(), 101);
  EXPECT_EQ(ann.join(lobby), joined(lobby));
  const std::int64_t expires = seconds_now() + 4;
  ann.push(lobby, "token", R"({"token":")" + token_for("ann", expires - seconds_now()) + "\"}");
  EXPECT_THAT(ann.read_text(), HasSubstr(R"("status":"ok","response":{"expires":)"));
  EXPECT_THAT(ann.read_text(), HasSubstr(R"("phx_error",{"reason":"token_expired"})"));
  EXPECT_GE(seconds_now(), expires);
}

/// A JWK Set in a file, gone with the test.
class TokenKeys : public Tokens {
 protected:
  TokenKeys() {
    std::string pattern = (std::filesystem::temp_directory_path() / "roost-jwks-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    config_.connect_rules = {by_jwt({{"jwks", file()}})};
    config_.connect_rules.front().options.erase("secret");
  }
  ~TokenKeys() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return folder_ / "jwks.json"; }
  void write(std::string_view text) { std::ofstream(file(), std::ios::binary) << text; }
  void write_secret(std::string_view secret) {
    write(R"({"keys":[{"kty":"oct","alg":"HS256","k":")" + net::encode_base64url(secret) + "\"}]}");
  }
  int status_with(const std::string& token) { return status_of(in_subprotocol(token)); }

 private:
  std::filesystem::path folder_;
};

TEST_F(TokenKeys, AreReadAgainAtAReload) {
  const std::string other_secret = "another secret of thirty-two bytes";
  const std::string other =
      auth::JwtSigner::from_secret(other_secret).value().sign(R"({"sub":"ann","exp":4000000000})");
  write_secret(test::secret());
  start();
  EXPECT_EQ(status_with(token_for("ann")), 101);
  EXPECT_EQ(status_with(other), 403);
  write_secret(other_secret);
  server().reload(config_);
  // The thread takes the new keys when it comes to it.
  for (int tries = 0; status_with(other) != 101; ++tries) ASSERT_LT(tries, 100'000);
  EXPECT_EQ(status_with(token_for("ann")), 403);
}

TEST_F(TokenKeys, StayWhereTheNewOnesCannotBeUsed) {
  write_secret(test::secret());
  start();
  for (const char* text : {"{\"keys\":[", "{\"keys\":[]}"}) {
    write(text);
    server().reload(config_);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(status_with(token_for("ann")), 101);
  }
  std::filesystem::remove(file());
  server().reload(config_);
  EXPECT_EQ(status_with(token_for("ann")), 101);
  EXPECT_THAT(whole_log(), HasSubstr("reload refused"));
}

TEST_F(Tokens, NeverStandInALog) {
  config_.connect_rules = {by_jwt({{"token_param", "token"}})};
  start();
  std::vector<std::string> tokens = {
      token_for("ann"),
      token_for("ann", -1),
      token_for("ann") + "x",
      "{\"alg\":\"none\"}",
      test::signer(auth::JwtAlgorithm::rs256).sign(R"({"sub":"ann","kid":"k"})", "a-kid"),
      std::string(limits::token_bytes_max - 4096, 'z'),
  };
  for (const std::string& token : tokens) {
    const std::string encoded = net::encode_base64url(token);
    status_of(in_subprotocol(token));
    status_of("Authorization: Bearer " + token + "\r\n");
    status_of("Sec-WebSocket-Protocol: base64url.bearer.phx." + encoded + "\r\n");
    status_of("Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.!" + encoded + "\r\n");
    for (const std::string more : {"", "&x=%zz", "&token=%FF"})
      status_of("", "?vsn=2.0.0&token=" + encoded + more);
    status_of("", "?vsn=2.0.0&token=" + (token.front() == '{' ? encoded : token));
    status_of("", "?vsn=9&token=" + encoded);
    poll_with("X-Phoenix-AuthToken: " + token);
    HttpClient(endpoint()).request("POST", poll_target, {"X-Phoenix-AuthToken: " + token}, "[]");
    HttpClient(endpoint()).request("GET", "/nowhere?token=" + encoded);

    WsClient ann = knock(in_subprotocol(tokens.front()));
    ASSERT_EQ(ann.read_status(), 101);
    EXPECT_EQ(ann.join(lobby, R"({"token":")" + encoded + "\"}"), joined(lobby));
    ann.push(lobby, "token", R"({"token":")" + encoded + "\"}");
    EXPECT_THAT(ann.read_text(), HasSubstr("phx_reply"));
    ann.push(lobby, "token", R"({"token":")" + encoded + R"(","token":1})");
    EXPECT_THAT(ann.read_text(), HasSubstr("phx_reply"));
    ann.send(R"([1,9,"events:lobby","token",{"token":")" + encoded);  // cut off
    EXPECT_EQ(ann.read_close(), 1011);
    tokens.front() = token_for("ann");
  }
  const std::string log = whole_log();
  EXPECT_THAT(log, HasSubstr("the token has expired"));
  EXPECT_THAT(log, HasSubstr("the signature is wrong"));
  EXPECT_THAT(log, HasSubstr("the token is no signed JWT"));
  // No header, claims or signature of one, as it is or in base64.
  for (const std::string part : {"eyJ", "ZXlK", "zzzz", "enp6", "\\\"alg\\\""})
    EXPECT_THAT(log, Not(HasSubstr(part)));
}

}  // namespace
}  // namespace roost
