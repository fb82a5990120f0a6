// The program `roost`, run as a person would: what it says and its exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/jwt_keys.hpp"

namespace roost {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int exit_code;
  std::string output;  // standard output and error
};

Outcome run(const std::string& arguments, const std::string& before = "") {
  const std::string command = before + " '" ROOST_PROGRAM "' " + arguments + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  Outcome outcome{};
  std::array<char, 4096> piece{};
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), pipe)) {
    outcome.output.append(piece.data(), n);
  }
  const int status = ::pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

/// A file of its own for each test, gone with it.
class Cli : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "roost-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  std::filesystem::path folder_;
};

constexpr auto event = R"({"specversion":"1.0","id":"1","source":"/s","type":"com.example.thing"})";

TEST_F(Cli, HelpAndVersionSucceed) {
  const Outcome help = run("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("serve"), HasSubstr("check-config"),
                                 HasSubstr("validate"), HasSubstr("Examples:")));
  const Outcome version = run("--version");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.output, StartsWith("roost "));
  EXPECT_EQ(run("validate --help").exit_code, 0);
}

TEST_F(Cli, WrongUsageIsTwo) {
  EXPECT_EQ(run("").exit_code, 2);
  EXPECT_EQ(run("frobnicate").exit_code, 2);
  EXPECT_EQ(run("check-config").exit_code, 2);
  EXPECT_EQ(run("serve --no-such-option").exit_code, 2);
  EXPECT_EQ(run("serve --config no/such/file.toml").exit_code, 2);
  EXPECT_EQ(run("serve --listen localhost:4000").exit_code, 2);
}

TEST_F(Cli, AnUnknownCommandIsToldWhichWasMeant) {
  EXPECT_EQ(run("lisen").output, "roost: unknown command \"lisen\", did you mean listen?\n");
  EXPECT_EQ(run("check_config a.toml").output,
            "roost: unknown command \"check_config\", did you mean check-config?\n");
  EXPECT_EQ(run("frobnicate").output,
            "roost: unknown command \"frobnicate\"; roost --help lists them\n");
}

TEST_F(Cli, WhatIsMissingIsShownByAnExample) {
  const Outcome listen = run("listen");
  EXPECT_EQ(listen.exit_code, 2);
  EXPECT_EQ(listen.output,
            "roost: TOPIC is required, as in: roost listen events:lobby; "
            "roost listen --help says more\n");
  EXPECT_THAT(run("publish").output, StartsWith("roost: TOPIC is required, as in: roost publish "));
  EXPECT_THAT(run("token").output, StartsWith("roost: A subcommand is required, as in: roost "));
  EXPECT_THAT(run("--no-such-option").output,
              AllOf(StartsWith("roost: "), EndsWith("; roost --help says more\n")));
}

TEST_F(Cli, CheckConfigSumsUpWhatIsRight) {
  const Outcome outcome = run("check-config '" ROOST_SOURCE_DIR "/config/roost.toml'");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("roost.toml: ok\n"), HasSubstr("ws://127.0.0.1:4000/socket"),
                    HasSubstr("allow events:lobby")));
}

TEST_F(Cli, CheckConfigNamesEveryError) {
  const std::string path = file("c.toml", "[socket]\ntimeout = \"60\"\npth = 1\n");
  const Outcome outcome = run("check-config " + path);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr(path + ":2: socket.timeout: expected a duration"),
                                    HasSubstr(path + ":3: unknown key \"socket.pth\"")));
}

TEST_F(Cli, CheckConfigRefusesToBeOpenToANetworkUnsaid) {
  const std::string path = file("c.toml", "[server]\nlisten = \"0.0.0.0:4000\"\n");
  EXPECT_EQ(run("check-config " + path).exit_code, 2);
  EXPECT_EQ(run("check-config " + path + " --set events.open=true").exit_code, 0);
  EXPECT_EQ(run("check-config " + path, "ROOST_EVENTS_OPEN=true").exit_code, 0);
}

TEST_F(Cli, CheckConfigAndServeRefuseTokenSettingsThatCannotWork) {
  const std::string key = file("public.pem", "no key");
  const std::string start = "[log]\nlevel = \"off\"\n[[authorize_connect]]\nhook = \"jwt\"\n";
  const std::string secret = "secret = \"" + test::secret() + "\"\n";
  struct Wrong {
    std::string lines;
    int line;
    std::string message;
  };
  for (const Wrong& wrong :
       {Wrong{"", 3, "no key: say secret"}, Wrong{"secret = \"too-short-\"\n", 3, "at least 32"},
        Wrong{"secret_file = \"nowhere\"\n", 3, "cannot read"},
        Wrong{"secret_env = \"ROOST_NOT_SET\"\n", 3, "ROOST_NOT_SET is not set"},
        Wrong{"public_key = \"" + key + "\"\n", 3, "public_key: "},
        Wrong{"jwks = \"" + key + "\"\n", 3, "jwks: "},
        Wrong{secret + "algorithms = \"none\"\n", 3, "\"none\" is none of HS256"},
        Wrong{secret + "algorithms = \"RS256\"\n", 3, "no key is for one of them"},
        Wrong{secret + "topic_claim = \"t\"\n", 3, "topic_claim: who connects"},
        Wrong{secret + "leeway = \"2h\"\n", 6, "leeway: expected a duration"},
        Wrong{secret + "audience = []\n", 6, "audience: expected an audience"},
        Wrong{secret + "audiense = \"a\"\n", 6, "unknown key"}}) {
    const std::string path = file("c.toml", start + wrong.lines);
    for (const std::string command : {"check-config ", "serve --listen 127.0.0.1:0 --config "}) {
      const Outcome outcome = run(command + path);
      EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
      EXPECT_THAT(outcome.output, AllOf(StartsWith(path + ":" + std::to_string(wrong.line) + ": "),
                                        HasSubstr(wrong.message)));
      EXPECT_THAT(outcome.output,
                  testing::Not(testing::AnyOf(HasSubstr(test::secret()), HasSubstr("too-short-"))));
    }
  }
  EXPECT_EQ(run("check-config " + file("c.toml", start + secret)).exit_code, 0);
  EXPECT_EQ(run("check-config '" ROOST_SOURCE_DIR "/config/auth-jwt.toml'").exit_code, 0);
}

TEST_F(Cli, CheckConfigReadsTheCertificate) {
  const std::string path =
      file("c.toml", "[server.tls]\ncertificate = \"none.pem\"\nkey = \"none.key\"\n");
  const Outcome outcome = run("check-config " + path);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, AllOf(StartsWith("server.tls: "),
                                    HasSubstr("none.pem: cannot be read: No such file")));
}

constexpr auto rooms = R"([[authorize_connect]]
when = "params.app == 'desk'"
allow = true
[[authorize_join]]
topic = "events:{room}"
when = "claims.rooms contains {room}"
allow = true
[[authorize_publish]]
topic = "events:*"
when = "user != 'eve'"
allow = true
)";

TEST_F(Cli, ExplainShowsWhyAJoinIsAllowed) {
  const std::string path = file("c.toml", rooms);
  const Outcome outcome = run("explain --config " + path +
                              R"( --topic events:7 --claims '{"sub":"ann","rooms":["7"]}')");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "authorize_join events:7\n" + path +
                                ":4: events:{room}\n"
                                "  {room} is \"7\"\n"
                                "  yes: claims.rooms contains {room} (it is [\"7\"])\n"
                                "  allow = true\n"
                                "allowed\n");
}

TEST_F(Cli, ExplainSaysWhichTopicsTheProgramDoesNotServe) {
  const std::string path = file("c.toml", "[[authorize_join]]\ntopic = \"room:*\"\nallow = true\n");
  EXPECT_THAT(run("explain --config " + path + " --topic room:7 --user ann").output,
              HasSubstr("allowed\nbut the program roost serves events:* alone; room:7"));
}

TEST_F(Cli, ExplainShowsWhyItIsDenied) {
  const std::string path = file("c.toml", rooms);
  const Outcome outcome =
      run("explain --config " + path + R"( --topic events:8 --claims '{"rooms":["7"]}')");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("  no: claims.rooms contains {room} (it is [\"7\"])\n"),
                    EndsWith("denied: {\"reason\":\"unauthorized\"}\n")));
}

TEST_F(Cli, ExplainAsksTheConnectChainWhoItIs) {
  const std::string path = file("c.toml", rooms);
  const Outcome allowed = run("explain --config " + path + " --topic events:7 --param app=desk");
  EXPECT_EQ(allowed.exit_code, 1);
  EXPECT_THAT(allowed.output,
              AllOf(StartsWith("authorize_connect\n"), HasSubstr("the user is nobody\n"),
                    HasSubstr("(it is nothing)")));
  const Outcome denied = run("explain --config " + path + " --topic events:7");
  EXPECT_EQ(denied.exit_code, 1);
  EXPECT_THAT(denied.output, testing::Not(HasSubstr("authorize_join")));
  EXPECT_EQ(run("explain --config " + path + " --question connect --param app=desk").exit_code, 0);
  EXPECT_EQ(run("explain --config " + path + " --question connect").exit_code, 1);
}

TEST_F(Cli, ExplainKnowsPublishes) {
  const std::string path = file("c.toml", rooms);
  const std::string command = "explain --config " + path + " --question publish --topic events:7";
  EXPECT_EQ(run(command + " --user ann").exit_code, 0);
  EXPECT_EQ(run(command + " --user eve").exit_code, 1);
  EXPECT_EQ(run(command + " --claims '{\"sub\":\"ann\"}'").exit_code, 0);
}

TEST_F(Cli, ExplainSaysWhereNothingIsConfigured) {
  const std::string path = file("c.toml", "");
  const Outcome outcome = run("explain --config " + path + " --question publish --topic events:7");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("there are no [[authorize_publish]] entries"));
}

TEST_F(Cli, ExplainIsToldEnough) {
  const std::string command = "explain --config " + file("c.toml", rooms);
  EXPECT_EQ(run("explain --topic a").exit_code, 2);
  EXPECT_EQ(run(command).exit_code, 2);
  EXPECT_EQ(run(command + " --topic a --question leave").exit_code, 2);
  EXPECT_EQ(run(command + " --topic a --claims '[]'").exit_code, 2);
  EXPECT_EQ(run(command + " --topic a --payload '{'").exit_code, 2);
  EXPECT_EQ(run(command + " --topic a --param x").exit_code, 2);
  EXPECT_EQ(run("explain --topic a --config " + file("d.toml", "[[authorize_join]]\n")).exit_code,
            2);
}

TEST_F(Cli, ValidateJudgesOneEventOverSeveralLines) {
  const std::string path = file(
      "e.json", "\n{\"specversion\":\"1.0\",\n\"id\":\"1\",\"source\":\"/s\",\n\"type\":\"t\"}");
  const Outcome outcome = run("validate --json " + path);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output,
            "{\"file\":\"" + path +
                "\",\"line\":2,\"verdict\":\"ok\",\"type\":\"t\",\"source\":\"/s\",\"id\":\"1\"}\n"
                "{\"events\":1,\"valid\":1,\"invalid\":0}\n");
}

TEST_F(Cli, ValidateJudgesEachLineOfJsonLines) {
  const std::string path =
      file("e.jsonl", std::string(event) + "\r\n\n{broken\n\"text\"\n" + event);
  const Outcome outcome = run("validate " + path);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("\"line\":1,\"verdict\":\"ok\""),
                                    HasSubstr("\"line\":3,\"verdict\":\"invalid\""),
                                    HasSubstr("\"line\":4,\"verdict\":\"invalid\""),
                                    HasSubstr("\"line\":5,\"verdict\":\"ok\""),
                                    EndsWith("{\"events\":4,\"valid\":2,\"invalid\":2}\n")));
}

TEST_F(Cli, ValidateJudgesEachEventOfABatch) {
  const std::string path =
      file("batch.json", "[\n " + std::string(event) + ",\n\n {\"id\":\"2\"},[\n]\n]");
  const Outcome outcome = run("validate " + path);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(
      outcome.output,
      AllOf(HasSubstr("\"line\":2,\"verdict\":\"ok\""), HasSubstr("\"line\":4,\"verdict\":"),
            HasSubstr("missing_required_fields"), HasSubstr("invalid_cloudevent_format"),
            EndsWith("{\"events\":3,\"valid\":1,\"invalid\":2}\n")));
  EXPECT_EQ(run("validate " + file("empty.json", "[]")).exit_code, 0);
  EXPECT_EQ(run("validate " + file("broken.json", "[" + std::string(event))).exit_code, 1);
}

TEST_F(Cli, ValidateReadsStandardInput) {
  const Outcome outcome = run("validate", std::string("echo '") + event + "' |");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith("{\"file\":\"stdin\",\"line\":1,\"verdict\":\"ok\""));
}

TEST_F(Cli, ValidateAndCheckConfigReadDataSchemas) {
  const std::string schema = file("s.json", R"({"type":"object"})");
  const std::string config = file("c.toml",
                                  "[[data_schema]]\n"
                                  "type = \"com.example.*\"\n"
                                  "schema = \"s.json\"\n");
  const std::string events = file("events.json", event);
  EXPECT_EQ(run("validate " + events).exit_code, 0);
  const Outcome judged = run("validate --config " + config + " " + events);
  EXPECT_EQ(judged.exit_code, 1);
  EXPECT_THAT(judged.output, HasSubstr(R"("reason":"data_schema_violation")"));
  const Outcome good = run("check-config " + config);
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.output, HasSubstr("data of com.example.*: " + schema));
  file("s.json", R"({"pattern":"("})");
  for (const std::string& command : {"check-config " + config, "validate --config " + config}) {
    const Outcome bad = run(command + " < /dev/null");
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_THAT(bad.output, HasSubstr("c.toml:1: data_schema[0].schema: " + schema));
  }
}

TEST_F(Cli, ValidateSaysWhatItCannotRead) {
  EXPECT_EQ(run("validate no/such/file.json").exit_code, 2);
  EXPECT_EQ(run("validate /").exit_code, 2);
  EXPECT_EQ(run("validate " + file("blank.json", " \n")).exit_code, 2);
  EXPECT_EQ(run("validate " + file("bytes.json", "\xff\xfe{")).exit_code, 1);
}

/// The token that `roost token make` prints.
std::string made_token(const std::string& arguments) {
  std::string token = run("token make " + arguments).output;
  if (token.ends_with('\n')) token.pop_back();
  return token;
}

TEST_F(Cli, TokenMakesWhatTokenInspectVerifies) {
  const std::string secret = "--secret-file " + file("secret", test::secret() + "\n");
  const std::string token =
      made_token(secret +
                 " --user ann --audience chat --issuer me --seconds 60 --kid k1"
                 " --claim 'rooms=[\"a\"]' --claim name=Ann");
  const Outcome shown = run("token inspect " + secret + " --audience chat --issuer me " + token);
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.output, AllOf(HasSubstr(R"("kid":"k1")"), HasSubstr(R"("sub":"ann")"),
                                  HasSubstr(R"("rooms":["a"])"), HasSubstr(R"("name":"Ann")"),
                                  HasSubstr("verdict   ok, user \"ann\"")));
}

TEST_F(Cli, ExplainSaysWhatATokenDecides) {
  const std::string token = made_token("--secret-file '" ROOST_SOURCE_DIR
                                       "/config/auth-jwt-demo.secret' --user ann --audience roost "
                                       "--claim 'rooms=[\"staff\"]'");
  const std::string explain =
      "explain --config '" ROOST_SOURCE_DIR "/config/auth-jwt.toml' --topic events:";
  const Outcome staff = run(explain + "staff --token " + token);
  EXPECT_EQ(staff.exit_code, 0);
  EXPECT_THAT(staff.output, HasSubstr("the user is \"ann\", with claims {\"sub\":\"ann\""));
  EXPECT_EQ(run(explain + "board --token " + token).exit_code, 1);
  const Outcome forged = run(explain + "staff --token " + token + "x");
  EXPECT_EQ(forged.exit_code, 1);
  EXPECT_THAT(forged.output, HasSubstr("the signature is wrong"));
}

TEST_F(Cli, TokenSignsWithPrivateKeys) {
  for (const auto algorithm :
       {auth::JwtAlgorithm::rs256, auth::JwtAlgorithm::es256, auth::JwtAlgorithm::eddsa}) {
    const std::string& pem = algorithm == auth::JwtAlgorithm::rs256   ? test::rsa_pem()
                             : algorithm == auth::JwtAlgorithm::es256 ? test::p256_pem()
                                                                      : test::ed25519_pem();
    const std::string token = made_token("--user ann --key " + file("private.pem", pem));
    const std::string key =
        " --public-key " + file("public.pem", test::signer(algorithm).public_pem());
    EXPECT_EQ(run("token inspect " + token + key).exit_code, 0);
    EXPECT_THAT(run("token inspect " + token + " --secret " + test::secret()).output,
                HasSubstr("verdict   token_invalid: the algorithm is not allowed"));
  }
}

TEST_F(Cli, TokenInspectSaysWhyATokenIsRefused) {
  const std::string secret = "--secret " + test::secret();
  const std::string token = made_token(secret + " --user ann --seconds -100");
  const Outcome expired = run("token inspect " + secret + " -", "echo " + token + " |");
  EXPECT_EQ(expired.exit_code, 1);
  EXPECT_THAT(expired.output, HasSubstr("verdict   token_expired: the token has expired: 10"));
  const Outcome unknown = run("token inspect " + token);
  EXPECT_EQ(unknown.exit_code, 0);
  EXPECT_THAT(unknown.output, HasSubstr("no key was given"));
  EXPECT_EQ(run("token inspect nonsense").exit_code, 1);
}

TEST_F(Cli, TokenInspectShowsNoEscapeSequences) {
  const std::string token = test::signer(auth::JwtAlgorithm::hs256).sign("{\"sub\":\"\x1b[31m\"}");
  EXPECT_THAT(run("token inspect " + token).output, testing::Not(HasSubstr("\x1b")));
}

TEST_F(Cli, TokenRefusesKeysThatNoServerTakes) {
  EXPECT_EQ(run("token make --user ann").exit_code, 2);
  EXPECT_THAT(run("token make --secret short").output, HasSubstr("HS256 takes at least 32"));
  EXPECT_EQ(run("token make --key " + file("public.pem", "x")).exit_code, 2);
  EXPECT_EQ(run("token make --secret " + test::secret() + " --claim exp=x").exit_code, 2);
  EXPECT_EQ(run("token inspect a.b.c --public-key /nowhere").exit_code, 1);
}

}  // namespace
}  // namespace roost
