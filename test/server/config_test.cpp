#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/config.hpp>

#include <fstream>
#include <istream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "server/config_settings.hpp"

namespace roost {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::vector<std::string> errors_of(const ConfigResult& result) {
  std::vector<std::string> lines;
  if (result.has_error()) {
    for (const ConfigError& error : result.error()) lines.push_back(to_string(error));
  }
  return lines;
}

std::vector<std::string> errors_of(std::string_view toml, const ConfigOverrides& overrides = {}) {
  return errors_of(parse_config(toml, "f.toml", overrides));
}

Config parsed(std::string_view toml, const ConfigOverrides& overrides = {}) {
  const ConfigResult result = parse_config(toml, "f.toml", overrides);
  EXPECT_THAT(errors_of(result), IsEmpty()) << toml;
  return result.has_value() ? *result : Config{};
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  EXPECT_EQ(parsed(""), Config{});
}

TEST(Config, TakesEveryOption) {
  const Config config = parsed(R"(
    [server]
    listen = ["127.0.0.1:1", "[::1]:0"]
    threads = 3
    drain_delay = "5s"
    drain_time = "1s"
    queue_bytes_max = 393216
    [server.tls]
    certificate = "c.pem"
    key = "/k.pem"
    [log]
    level = "debug"
    format = "json"
    [socket]
    path = "/a/b"
    timeout = "5m"
    max_message_size = "64KiB"
    queue_bytes_max = 131072
    queue_age_max = "90s"
    when_full = "latest"
    unfinished_bytes_max = "1MiB"
    max_channels = 7
    compression = true
    check_origin = ["https://app.example", "//*.example.com:8080", "//[::1]:80"]
    hook_headers = ["X-Forwarded-For"]
    secret = "0123456789abcdef0123456789abcdef"
    [sse]
    max_streams = 8
    [longpoll]
    window = "5s"
    max_sessions = 9
    max_memory = "16MiB"
    [events]
    heartbeat_interval = 0
    presence = true
    presence_members_max = 1000000
    ephemeral = ["*.typing", "com.example.cursor"]
    open = true
    [limits]
    connections = 1
    connections_per_address = 2
    topics = 3
    topic_members = 4
    joins_per_second = 5
    events_per_second = 6
    bytes_per_second = "7KiB"
    requests_per_second = 8
    burst = "9s"
    dry_run = true
    [hooks]
    timeout = "250ms"
    threads = 1
    queue = 2
    [[authorize_join]]
    topic = "events:lobby"
    allow = true
    [[authorize_join]]
    topic = "*"
    allow = false)");
  Config expected;
  expected.listen = {"127.0.0.1:1", "[::1]:0"};
  expected.threads = 3;
  expected.drain_delay = milliseconds(5000);
  expected.drain_time = milliseconds(1000);
  expected.all_queues_bytes_max = 3 * 131072;
  expected.tls_certificate = "c.pem";
  expected.tls_key = "/k.pem";
  expected.log_level = LogLevel::debug;
  expected.log_format = LogFormat::json;
  expected.socket_path = "/a/b";
  expected.socket_timeout = milliseconds(300'000);
  expected.message_bytes_max = 65536;
  expected.queue_bytes_max = 131072;
  expected.queue_age_max = milliseconds(90'000);
  expected.when_full = WhenFull::latest;
  expected.unfinished_bytes_max = 1 << 20;
  expected.channels_max = 7;
  expected.compression = true;
  expected.check_origin = {CheckOrigin::Kind::list,
                           {"https://app.example", "//*.example.com:8080", "//[::1]:80"}};
  expected.hook_headers = {"x-forwarded-for"};
  expected.secret = "0123456789abcdef0123456789abcdef";
  expected.streams_max = 8;
  expected.longpoll_window = milliseconds(5000);
  expected.longpoll_sessions_max = 9;
  expected.longpoll_bytes_max = 16 << 20;
  expected.heartbeat_interval = milliseconds(0);
  expected.presence = true;
  expected.presence_members_max = 1'000'000;
  expected.ephemeral = {"*.typing", "com.example.cursor"};
  expected.open = true;
  expected.connections_max = 1;
  expected.address_connections_max = 2;
  expected.topics_max = 3;
  expected.topic_members_max = 4;
  expected.joins_per_second = 5;
  expected.events_per_second = 6;
  expected.bytes_per_second = 7 * 1024;
  expected.requests_per_second = 8;
  expected.limits_burst = milliseconds(9000);
  expected.limits_dry_run = true;
  expected.hook_timeout = milliseconds(250);
  expected.hook_threads = 1;
  expected.hook_queue_max = 2;
  expected.join_rules = {{"events:lobby", true}, {"*", false}};
  EXPECT_EQ(config, expected);
  ASSERT_THAT(config.join_rules, SizeIs(2));
  EXPECT_EQ(config.join_rules[1].line, 57);
}

TEST(Config, AnErrorNamesFileLineKeyAndWhatWasExpected) {
  EXPECT_THAT(errors_of("\n[socket]\ntimeout = \"60\"\n"),
              ElementsAre(R"(f.toml:3: socket.timeout: expected a duration such as "60s" or )"
                          R"("500ms", from 100ms to 24h, found "60")"));
}

TEST(Config, EveryErrorIsReportedInTheOrderOfTheFile) {
  EXPECT_THAT(errors_of("[hooks]\nthreads = 0\nqueue = -1\n[server]\nthreads = 257\nlisten = 5\n"
                        "[socket]\nmax_channels = 1.5\npath = \"socket\"\n[log]\nlevel = true\n"),
              ElementsAre(StartsWith("f.toml:2: hooks.threads: expected a whole number from 1"),
                          StartsWith("f.toml:3: hooks.queue: expected a whole number from 1"),
                          StartsWith("f.toml:5: server.threads: expected a whole number from 0"),
                          StartsWith("f.toml:6: server.listen: expected ADDRESS:PORT"),
                          StartsWith("f.toml:8: socket.max_channels: expected a whole number"),
                          StartsWith("f.toml:9: socket.path: expected a path"),
                          StartsWith("f.toml:11: log.level: expected \"debug\"")));
}

TEST(Config, AnUnknownKeyComesWithASuggestion) {
  EXPECT_THAT(
      errors_of("[socket]\ntime_out = \"5s\""),
      ElementsAre("f.toml:2: unknown key \"socket.time_out\", did you mean socket.timeout?"));
  EXPECT_THAT(errors_of("[server]\nmax_channels = 5"),
              ElementsAre(HasSubstr("did you mean socket.max_channels?")));
  EXPECT_THAT(errors_of("[sokcet]\n"),
              ElementsAre("f.toml:1: unknown section \"sokcet\", did you mean socket?"));
  EXPECT_THAT(errors_of("nonsense = 1"), ElementsAre("f.toml:1: unknown key \"nonsense\""));
  EXPECT_THAT(
      errors_of("[[authorize_join]]\ntopic = \"a\"\nalow = true\nallow = true"),
      ElementsAre("f.toml:3: authorize_join[0]: unknown key \"alow\", did you mean allow?"));
}

TEST(Config, ASyntaxErrorNamesItsLine) {
  EXPECT_THAT(errors_of("[server]\nlisten = \n"), ElementsAre(StartsWith("f.toml:2: ")));
  EXPECT_THAT(errors_of("[server\n"), ElementsAre(StartsWith("f.toml:1: ")));
}

TEST(Config, NothingInAFileForgesALineOfItsErrors) {
  EXPECT_THAT(errors_of("a = i\x1b[31m"), ElementsAre(HasSubstr("saw 'i\\u001b'")));
  EXPECT_THAT(errors_of("\"a\\nb\\u001b[31m\" = 1"),
              ElementsAre(R"(f.toml:1: unknown key "a\nb\u001b[31m")"));
}

TEST(Config, NamesWhatIsWrongInEntriesBesideWhatIsWrongElsewhere) {
  const std::string text =
      "[socket]\ntime_out = 5\n[[authorize_join]]\ntopic = \"\"\nallow = true\n"
      "[[history]]\ntopic = \"a\\n\"\nevents = 10";
  EXPECT_THAT(errors_of(text),
              ElementsAre(HasSubstr("socket.time_out"), HasSubstr("authorize_join[0].topic"),
                          HasSubstr("history[0].topic")));
}

TEST(Config, SectionsAndRulesOfTheWrongShapeAreErrors) {
  EXPECT_THAT(errors_of("socket = 5"), ElementsAre(HasSubstr("expected a section, found 5")));
  EXPECT_THAT(errors_of("[[socket]]\ntimeout = \"5s\""), ElementsAre(HasSubstr("found an array")));
  EXPECT_THAT(errors_of("authorize_join = true"), ElementsAre(HasSubstr("entries, found true")));
  EXPECT_THAT(errors_of("[authorize_join]\ntopic=\"a\""), ElementsAre(HasSubstr("found a table")));
  EXPECT_THAT(errors_of("authorize_join = [1]"), ElementsAre(HasSubstr("entry, found 1")));
}

TEST(Config, ARuleNeedsATopicAndAnAnswer) {
  EXPECT_THAT(errors_of("[[authorize_join]]\nallow = true"),
              ElementsAre("f.toml:1: authorize_join[0]: topic is missing"));
  EXPECT_THAT(errors_of("\n[[authorize_join]]\ntopic = \"a\""),
              ElementsAre("f.toml:2: authorize_join[0]: allow or hook is missing"));
  EXPECT_THAT(errors_of("[[authorize_join]]\ntopic = \"\"\nallow = true"),
              ElementsAre(StartsWith("f.toml:2: authorize_join[0].topic: ")));
  EXPECT_THAT(
      errors_of("[[authorize_join]]\ntopic = 1\nallow = \"yes\""),
      ElementsAre(HasSubstr("found 1"), HasSubstr("expected true or false, found \"yes\"")));
  EXPECT_THAT(errors_of("[[authorize_join]]\ntopic = \"a\\nb\"\nallow = true"),
              ElementsAre(HasSubstr("control characters")));
}

TEST(Config, AQueueHoldsAtLeastTwoMessages) {
  EXPECT_THAT(errors_of("[socket]\nmax_message_size = \"2MiB\"\nqueue_bytes_max = 4194303"),
              ElementsAre(StartsWith("f.toml:3: socket.queue_bytes_max: expected at least twice")));
  parsed("[socket]\nmax_message_size = \"2MiB\"\nqueue_bytes_max = \"4MiB\"");
  // The line of the section, where the key itself is not in the file.
  EXPECT_THAT(errors_of("\n[socket]\nmax_message_size = \"8MiB\""),
              ElementsAre(StartsWith("f.toml:2: socket.queue_bytes_max: ")));
}

TEST(Config, TheLongestMessageHasRoomBesideNoOtherUnfinishedOne) {
  const std::string section = "[socket]\nmax_message_size = \"64KiB\"\nunfinished_bytes_max = ";
  EXPECT_EQ(parsed(section + "65536").unfinished_bytes_max, 65536u);
  EXPECT_THAT(errors_of(section + "65535"),
              ElementsAre(StartsWith("f.toml:3: socket.unfinished_bytes_max: expected at least")));
  EXPECT_THAT(errors_of(section + "73727\ncompression = true"), SizeIs(1));
  parsed(section + "73728\ncompression = true");
}

TEST(Config, ASecretHas32BytesOrNoneAndIsNeverShown) {
  const std::string enough(32, '7'), too_short(31, '7');
  EXPECT_EQ(parsed("[socket]\nsecret = \"" + enough + '"').secret, enough);
  EXPECT_EQ(parsed("", {{"socket.secret=" + enough}, {}}).secret, enough);
  EXPECT_EQ(parsed("", {{}, {{"ROOST_SOCKET_SECRET", enough}}}).secret, enough);
  EXPECT_EQ(parsed("[socket]\nsecret = \"\"").secret, "");
  const std::string expected =
      "socket.secret: expected 32 bytes or more, or \"\" (a random one at each start), found a "
      "shorter one";
  EXPECT_THAT(errors_of("[socket]\nsecret = \"" + too_short + '"'),
              ElementsAre("f.toml:2: " + expected));
  EXPECT_THAT(errors_of("", {{"socket.secret=" + too_short}, {}}),
              ElementsAre("--set: " + expected));
  EXPECT_THAT(errors_of("[socket]\nsecret = 7"), ElementsAre(HasSubstr("found no text")));
  Config config;
  config.secret = too_short;
  EXPECT_THAT(check_config(config), SizeIs(1));
}

TEST(Config, LongPollMemoryHoldsAFullQueueAndABody) {
  EXPECT_THAT(errors_of("[longpoll]\nmax_memory = 16777215"), SizeIs(1));
  parsed("[longpoll]\nmax_memory = 16777216");
  const std::string large =
      "[server]\nthreads = 1\n[socket]\nqueue_bytes_max = \"300MiB\"\n[longpoll]\nmax_memory = ";
  EXPECT_THAT(
      errors_of(large + "314572799"),
      ElementsAre(StartsWith("f.toml:6: longpoll.max_memory: expected at least 314572800")));
  parsed(large + "314572800");
  EXPECT_THAT(errors_of("[sse]\nmax_streams = 0"), SizeIs(1));
  EXPECT_THAT(errors_of("[sse]\nmax_streams = 1000001"), SizeIs(1));
  EXPECT_THAT(errors_of("[longpoll]\nmax_sessions = 0"), SizeIs(1));
  EXPECT_THAT(errors_of("[longpoll]\nmax_sessions = 1000001"), SizeIs(1));
  EXPECT_THAT(errors_of("[longpoll]\nwindow = \"99ms\""), SizeIs(1));
}

TEST(Config, PresenceHasAtLeastOneMemberAndAtMostAMillion) {
  for (const char* const bad : {"0", "1000001", "-1", "1.5"})
    EXPECT_THAT(errors_of(std::string("[events]\npresence_members_max = ") + bad),
                ElementsAre(StartsWith("f.toml:2: events.presence_members_max: expected a whole")))
        << bad;
  EXPECT_EQ(parsed("[events]\npresence_members_max = 1").presence_members_max, 1u);
}

TEST(Config, LimitsAreOffAtZeroAndNeverBelow) {
  for (const char* const key :
       {"connections", "connections_per_address", "topics", "topic_members", "joins_per_second",
        "events_per_second", "bytes_per_second", "requests_per_second"}) {
    const std::string text = std::string("[limits]\n") + key + " = ";
    EXPECT_TRUE(parse_config(text + "0", "f.toml")) << key;
    EXPECT_TRUE(parse_config(text + "2147483647", "f.toml")) << key;
    for (const char* const bad : {"-1", "1.5", "4294967297"})
      EXPECT_THAT(errors_of(text + bad), SizeIs(1)) << key << ' ' << bad;
  }
  EXPECT_EQ(parsed("[limits]\nburst = \"100ms\"").limits_burst, milliseconds(100));
  EXPECT_EQ(parsed("[limits]\nburst = \"1h\"").limits_burst, std::chrono::hours(1));
  for (const char* const bad : {"\"99ms\"", "\"61m\"", "0"})
    EXPECT_THAT(errors_of(std::string("[limits]\nburst = ") + bad), SizeIs(1)) << bad;
}

TEST(Config, EachThreadsShareOfAllQueuesHoldsAFullOne) {
  const std::string three = "[server]\nthreads = 3\nqueue_bytes_max = ";
  EXPECT_THAT(errors_of(three + "12582911"),
              ElementsAre(StartsWith("f.toml:3: server.queue_bytes_max: expected at least "
                                     "socket.queue_bytes_max (4194304 bytes) for each of 3")));
  EXPECT_EQ(parsed(three + "\"12MiB\"").all_queues_bytes_max, 12u << 20);
}

TEST(Config, AQueueIsBoundInTimeAndSaysWhatGoesFirst) {
  EXPECT_EQ(parsed("[socket]\nqueue_age_max = 0").queue_age_max, milliseconds(0));
  EXPECT_EQ(parsed("[socket]\nqueue_age_max = \"100ms\"").queue_age_max, milliseconds(100));
  for (const char* const bad : {"\"99ms\"", "\"25h\"", "5", "\"long\""})
    EXPECT_THAT(errors_of(std::string("[socket]\nqueue_age_max = ") + bad), SizeIs(1)) << bad;
  EXPECT_EQ(parsed("[socket]\nwhen_full = \"drop_oldest\"").when_full, WhenFull::drop_oldest);
  EXPECT_THAT(errors_of("[socket]\nwhen_full = \"drop\""),
              ElementsAre(StartsWith("f.toml:2: socket.when_full: expected \"close\"")));
}

TEST(Config, TakesAHundredEphemeralTypesOf255BytesAndNoMore) {
  const auto list = [](std::size_t patterns, std::size_t bytes) {
    std::string text = "[events]\nephemeral = [";
    for (std::size_t i = 0; i < patterns; ++i)
      text += (i > 0 ? ",\"" : "\"") + std::string(bytes, 'x') + '"';
    return text + "]";
  };
  EXPECT_THAT(parsed(list(100, 255)).ephemeral, SizeIs(100));
  for (const std::string& bad : {list(101, 1), list(1, 256), list(1, 0),
                                 std::string("[events]\nephemeral = [\"a.*\", \".?\"]")})
    EXPECT_THAT(errors_of(bad), Not(IsEmpty())) << bad;
}

TEST(Config, WhatIsSetInCodeHasItsRangesToo) {
  const auto keys_of = [](auto&& change) {
    Config config;
    change(config);
    std::vector<std::string> keys;
    for (const ConfigError& error : check_config(config)) keys.push_back(error.key);
    return keys;
  };
  const auto refused = [&](auto&& change, const char* key) {
    EXPECT_THAT(keys_of(change), testing::Contains(key));
  };
  const auto taken = [&](auto&& change) { EXPECT_THAT(keys_of(change), IsEmpty()); };
  using std::chrono::hours;
  taken([](Config& c) { c.threads = 64; });
  refused([](Config& c) { c.threads = 65; }, "server.threads");
  taken([](Config& c) { c.drain_delay = c.drain_time = milliseconds(0); });
  refused([](Config& c) { c.drain_delay = milliseconds(-1); }, "server.drain_delay");
  refused([](Config& c) { c.drain_time = milliseconds(-1); }, "server.drain_time");
  taken([](Config& c) { c.drain_time = hours(24); });
  refused([](Config& c) { c.drain_time = hours(24) + milliseconds(1); }, "server.drain_time");
  taken([](Config& c) { c.socket_path = "/"; });
  for (const char* const path : {"", "socket", "/socket/"})
    refused([&](Config& c) { c.socket_path = path; }, "socket.path");
  taken([](Config& c) { c.socket_timeout = milliseconds(1); });
  refused([](Config& c) { c.socket_timeout = milliseconds(0); }, "socket.timeout");
  taken([](Config& c) { c.message_bytes_max = 1; });
  refused([](Config& c) { c.message_bytes_max = 0; }, "socket.max_message_size");
  refused([](Config& c) { c.message_bytes_max = (256 << 20) + 1; }, "socket.max_message_size");
  taken([](Config& c) { c.channels_max = 1; });
  refused([](Config& c) { c.channels_max = 0; }, "socket.max_channels");
  taken([](Config& c) { c.heartbeat_interval = milliseconds(0); });
  refused([](Config& c) { c.heartbeat_interval = milliseconds(-1); }, "events.heartbeat_interval");
  refused([](Config& c) { c.limits_burst = milliseconds(0); }, "limits.burst");
  refused([](Config& c) { c.hook_timeout = milliseconds(0); }, "hooks.timeout");
  taken([](Config& c) { c.hook_threads = 1; });
  refused([](Config& c) { c.hook_threads = 0; }, "hooks.threads");
  taken([](Config& c) { c.hook_queue_max = 1; });
  refused([](Config& c) { c.hook_queue_max = 0; }, "hooks.queue");
}

TEST(Config, ListensOnAddressesNotOnNames) {
  EXPECT_THAT(
      errors_of("[server]\nlisten = [\"127.0.0.1:1\",\n\"localhost:4000\"]"),
      ElementsAre(StartsWith("f.toml:3: server.listen[1]: expected an address, not a name")));
  EXPECT_THAT(errors_of("[server]\nlisten = \"4000\""),
              ElementsAre(StartsWith("f.toml:2: server.listen[0]: expected ADDRESS:PORT")));
  EXPECT_THAT(errors_of("[server]\nlisten = []"), ElementsAre(HasSubstr("found an empty array")));
}

TEST(Config, OriginsAreHostsWithoutAPath) {
  for (const char* const origin :
       {"app.example", "https://app.example/path", "//", "//*", "//a.*.b", "//a:0", "//[::x]"}) {
    EXPECT_THAT(errors_of(std::string("[socket]\ncheck_origin = [\"") + origin + "\"]"),
                ElementsAre(AllOf(StartsWith("f.toml:2: socket.check_origin[0]: "),
                                  HasSubstr("is no origin"))))
        << origin;
  }
  EXPECT_EQ(parsed("[socket]\ncheck_origin = false").check_origin.kind, CheckOrigin::Kind::off);
  EXPECT_THAT(errors_of("[socket]\ncheck_origin = []"), SizeIs(1));
}

TEST(Config, JoinsAreOpenOnLoopbackOnlyUnlessItIsSaid) {
  const std::string everywhere = "[server]\nlisten = [\"127.0.0.1:1\", \"0.0.0.0:4000\"]\n";
  EXPECT_THAT(errors_of(everywhere),
              ElementsAre(AllOf(StartsWith("f.toml:2: server.listen: "), HasSubstr("0.0.0.0:4000"),
                                HasSubstr("open = true"))));
  parsed(everywhere + "[events]\nopen = true");
  parsed(everywhere + "[[authorize_join]]\ntopic = \"a\"\nallow = false");
  ConfigOverrides program_decides;
  program_decides.joins = JoinsDecidedBy::program;
  parsed(everywhere, program_decides);

  Config in_code;
  in_code.listen = {"[::]:4000"};
  EXPECT_THAT(check_config(in_code), SizeIs(1));
  EXPECT_THAT(check_config(in_code, JoinsDecidedBy::program), IsEmpty());
}

TEST(Config, SetStandsAboveTheEnvironmentAboveTheFile) {
  ConfigOverrides overrides;
  overrides.environment = {{"ROOST_SOCKET_TIMEOUT", "2s"}, {"ROOST_SERVER_THREADS", "2"}};
  overrides.set = {"socket.timeout=3s",
                   "socket.timeout=4s",
                   "events.open=true",
                   "log.level=off",
                   "server.listen=127.0.0.1:1, [::1]:2",
                   "socket.check_origin=//a,//b",
                   "socket.max_message_size=2048"};
  const Config config = parsed("[socket]\ntimeout = \"1s\"\n[server]\nthreads = 1\n", overrides);
  EXPECT_EQ(config.socket_timeout, milliseconds(4000));
  EXPECT_EQ(config.threads, 2u);
  EXPECT_TRUE(config.open);
  EXPECT_EQ(config.log_level, LogLevel::off);
  EXPECT_THAT(config.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  EXPECT_THAT(config.check_origin.allowed, ElementsAre("//a", "//b"));
  EXPECT_EQ(config.message_bytes_max, 2048u);
}

TEST(Config, AnErrorInAnOverrideNamesTheOverride) {
  ConfigOverrides overrides;
  overrides.environment = {{"ROOST_SOCKET_TIMEOUT", "60"}};
  overrides.set = {"server.listen=nowhere", "socket.pth=/a", "hooks.queue", "authorize_join=1"};
  EXPECT_THAT(errors_of("", overrides),
              testing::UnorderedElementsAre(
                  StartsWith("ROOST_SOCKET_TIMEOUT: socket.timeout: expected a duration"),
                  "--set: unknown key \"socket.pth\", did you mean socket.path?",
                  "--set: hooks.queue: expected hooks.queue=VALUE",
                  "--set: [[authorize_join]] can only be given in a file",
                  StartsWith("--set: server.listen[0]: ")));
  overrides = {};
  overrides.set = {"server.listen=nowhere", "socket.path=/\xff"};
  EXPECT_THAT(errors_of("", overrides), ElementsAre("--set: socket.path: expected UTF-8",
                                                    StartsWith("--set: server.listen[0]: ")));
  overrides.set = {"server.listen=nowhere"};
  EXPECT_THAT(errors_of("", overrides), ElementsAre(StartsWith("--set: server.listen[0]: ")));
}

TEST(Config, AVariableThatIsNearlyASettingIsAnErrorAndOthersAreNot) {
  ConfigOverrides overrides;
  overrides.environment = {{"ROOST_PORT", "tcp://10.0.0.1:4000"}, {"ROOST_SERVICE_HOST", "a"}};
  EXPECT_EQ(parsed("", overrides), Config{});
  overrides.environment = {{"ROOST_SOCKET_TIMOUT", "5s"}};
  EXPECT_THAT(errors_of("", overrides), ElementsAre("ROOST_SOCKET_TIMOUT: unknown variable, did "
                                                    "you mean ROOST_SOCKET_TIMEOUT?"));
}

TEST(Config, AFileThatCannotBeReadIsAnError) {
  EXPECT_THAT(errors_of(load_config("no/such/file.toml")),
              ElementsAre("no/such/file.toml: cannot be read: No such file or directory"));
  EXPECT_THAT(errors_of(load_config("/")), ElementsAre("/: cannot be read: Is a directory"));
  EXPECT_THAT(errors_of(load_config("/dev/zero")),
              ElementsAre("/dev/zero: the file is over 1 MiB"));
}

TEST(Config, ValueThrowsEverythingThatIsWrong) {
  try {
    parse_config("[log]\nlevel = 1\nformat = 2", "f.toml").value();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("f.toml:2: log.level"), HasSubstr("f.toml:3: log.f")));
  }
}

TEST(Config, NothingInAFileNestsDeepEnoughToHarmTheParser) {
  const auto repeated = [](std::string_view piece, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += piece;
    return text;
  };
  for (const std::string& text :
       {"a = " + repeated("[", 200'000), "a = " + repeated("{a=", 200'000),
        repeated("a.", 200'000) + "a = 1", "[" + repeated("a.", 200'000) + "a]",
        repeated("a . ", 100'000) + "a = 1", repeated("\"\".", 200'000) + "a = 1",
        "a = '''''x'''''\n" + repeated("'a'.", 200'000) + "a = 1",
        "a = [\n" + repeated("{a.a.a.a.a = [\n", 10'000)}) {
    EXPECT_THAT(errors_of(text), ElementsAre(HasSubstr("nested deeper than")))
        << text.substr(0, 20);
  }
}

TEST(Config, BracketsAndDotsInStringsAndCommentsDoNotNest) {
  const std::string many(300, '[');
  const std::string dots(300, '.');
  const std::string name = "a" + many + dots;
  const std::string text = "# " + name + " ' \"\n[[authorize_join]]\ntopic = \"\"\"a\\\"" + many +
                           "\"\"\"\nallow = true\n[[authorize_join]]\ntopic = 'a" + many +
                           "'\nallow = true\n";
  EXPECT_THAT(errors_of(text), testing::Each(HasSubstr("authorize_join")));  // too long, not deep
}

TEST(Config, OnlyStringsAndCommentsGoBeyondAscii) {
  EXPECT_THAT(errors_of("# ü\na = ü"), ElementsAre(StartsWith("f.toml:2: only strings and")));
  const std::string rule = "[[authorize_join]]\ntopic = \"events:ü\"\nallow = true # ü\n";
  EXPECT_EQ(parsed("\xEF\xBB\xBF" + rule).join_rules.at(0).topic, "events:ü");
}

TEST(Config, AStringTooLongForTheSchemaIsAnError) {
  EXPECT_THAT(errors_of("[socket]\npath = \"/" + std::string(100'000, 'a') + "\""), SizeIs(1));
  EXPECT_THAT(errors_of("[socket]\ntimeout = \"" + std::string(100'000, '1') + "s\""), SizeIs(1));
}

TEST(Config, FullTomlIsTheDefaultsAndNamesEverySetting) {
  const std::string path = ROOST_SOURCE_DIR "/config/full.toml";
  const ConfigResult result = load_config(path);
  ASSERT_THAT(errors_of(result), IsEmpty());
  EXPECT_EQ(*result, Config{});
  const toml::table table = toml::parse_file(path);
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(toml::at_path(table, setting.key)) << setting.key;
  }
}

/// The keys beside whose comment, or whose section's, full.toml says `(reload)`.
std::set<std::string> keys_marked_reload(std::istream& full_toml) {
  const auto has_mark = [](const std::string& comment) {
    return comment.find("(reload)") != comment.npos;
  };
  std::set<std::string> marked;
  std::string line, comment, section, comment_of_section;
  for (bool is_in_comment = false; std::getline(full_toml, line);) {
    const bool was_in_comment = std::exchange(is_in_comment, line.starts_with('#'));
    if (is_in_comment) {
      comment = (was_in_comment ? comment : "") + line;
    } else if (line.empty()) {
      comment.clear();
    } else if (line.starts_with('[')) {
      section = line.substr(1, line.find(']') - 1);
      comment_of_section = std::exchange(comment, "");
    } else if (has_mark(comment) || has_mark(comment_of_section)) {
      marked.insert(section + "." + line.substr(0, line.find(' ')));
    }
  }
  return marked;
}

TEST(Config, FullTomlMarksWhatAReloadTakes) {
  std::ifstream file(ROOST_SOURCE_DIR "/config/full.toml");
  std::set<std::string> live;
  for (const Setting& setting : settings())
    if (setting.reload == Setting::Reload::live) live.emplace(setting.key);
  EXPECT_EQ(keys_marked_reload(file), live);
}

TEST(Config, TheReadmeListsWhatAReloadTakes) {
  std::ifstream file(ROOST_SOURCE_DIR "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  const auto begin = readme.find("SIGHUP reloads ");
  ASSERT_NE(begin, readme.npos);
  const std::string list = readme.substr(begin, readme.find("; other keys", begin) - begin);
  const auto says = [&](const std::string& words) { return list.find(words) != list.npos; };
  for (const Setting& setting : settings()) {
    const std::string section = "[" + std::string(setting.section()) + "]";
    const std::string name(setting.name());
    // Of TLS the files are loaded again, while whether there is TLS stays as it was.
    if (section == "[server.tls]") continue;
    EXPECT_EQ(says("`" + section + "`") || says("`" + section + " " + name + "`") ||
                  says(" and `" + name + "`"),
              setting.reload == Setting::Reload::live)
        << setting.key;
  }
}

TEST(Config, FilesOfTlsStandBesideTheConfigurationThatNamesThem) {
  const char* const toml = "[server.tls]\ncertificate = \"c.pem\"\nkey = \"/etc/k.pem\"";
  const Config config = parse_config(toml, "/srv/roost.toml").value();
  EXPECT_EQ(config.tls_certificate, "/srv/c.pem");
  EXPECT_EQ(config.tls_key, "/etc/k.pem");
  const Config overridden =
      parse_config(toml, "/srv/roost.toml", {{"server.tls.certificate=d.pem"}, {}}).value();
  EXPECT_EQ(overridden.tls_certificate, "d.pem");
}

TEST(Config, ACertificateNeedsItsKeyAndHttpsACertificate) {
  EXPECT_THAT(errors_of("[server.tls]\ncertificate = \"c.pem\""),
              ElementsAre("f.toml:2: server.tls.certificate: expected server.tls.key beside it"));
  EXPECT_THAT(errors_of("[server.tls]\nkey = \"k.pem\""),
              ElementsAre("f.toml:2: server.tls.key: expected server.tls.certificate beside it"));
  EXPECT_THAT(errors_of("[server]\nlisten = [\"https://127.0.0.1:1\"]"),
              ElementsAre(StartsWith("f.toml:2: server.listen[0]: https:// needs a certificate")));
  parsed(
      "[server]\nlisten = [\"https://127.0.0.1:1\", \"http://[::1]:0\"]\n"
      "[server.tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"");
}

TEST(Config, UnknownKeysOfASectionInASectionAreErrors) {
  EXPECT_THAT(
      errors_of("[server.tls]\nkye = \"k\""),
      ElementsAre("f.toml:2: unknown key \"server.tls.kye\", did you mean server.tls.key?"));
  EXPECT_THAT(errors_of("[server]\ntls = true"),
              ElementsAre("f.toml:2: server.tls: expected a section, found true"));
}

TEST(Config, EverySettingSaysWhatItExpects) {
  for (const Setting& setting : settings()) {
    ConfigOverrides spoilt;
    spoilt.set = {std::string(setting.key) + "=?"};
    EXPECT_THAT(errors_of("", spoilt),
                ElementsAre(StartsWith("--set: " + std::string(setting.key))));
  }
}

TEST(Config, TheSchemaNamesTheSettingsAndNoOthers) {
  std::vector<std::string> in_schema;
  std::ifstream stream(ROOST_SOURCE_DIR "/schemas/config.schema.json");
  const auto schema = json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
  ASSERT_TRUE(schema.has_value());
  const auto collect = [&](const auto& self, const auto& table, const std::string& above) -> void {
    for (const auto& entry : table["properties"].GetObject()) {
      const std::string key = above + entry.name.GetString();
      // [[...]] entries are no settings.
      if (entry.value.HasMember("items") && entry.value["items"].HasMember("properties")) continue;
      if (entry.value.HasMember("properties"))
        self(self, entry.value, key + '.');
      else if (!above.empty())
        in_schema.push_back(key);
    }
  };
  collect(collect, *schema, "");
  std::vector<std::string_view> keys;
  for (const Setting& setting : settings()) keys.push_back(setting.key);
  EXPECT_THAT(in_schema, testing::UnorderedElementsAreArray(keys));
}

TEST(Config, RoostTomlIsUsable) {
  const ConfigResult result = load_config(ROOST_SOURCE_DIR "/config/roost.toml");
  ASSERT_THAT(errors_of(result), IsEmpty());
  EXPECT_THAT(result->join_rules,
              ElementsAre(AuthorizeRule{"events:lobby", true}, AuthorizeRule{"events:*", true}));
}

TEST(Config, AReloadNamesTheKeysThatNeedARestart) {
  const Config running;
  Config fresh;
  fresh.log_level = LogLevel::debug;
  fresh.check_origin.kind = CheckOrigin::Kind::off;
  fresh.join_rules = {{"events:*", true}};
  fresh.heartbeat_interval = milliseconds(1);
  fresh.hook_timeout = milliseconds(1);
  fresh.topics_max = 1;
  fresh.limits_dry_run = true;
  EXPECT_THAT(keys_needing_restart(running, fresh), IsEmpty());
  fresh.threads = 3;
  fresh.socket_path = "/other";
  EXPECT_THAT(keys_needing_restart(running, fresh), ElementsAre("server.threads", "socket.path"));
  fresh = Config{};
  fresh.tls_certificate = fresh.tls_key = "k.pem";
  EXPECT_THAT(keys_needing_restart(running, fresh),
              ElementsAre("server.tls.certificate", "server.tls.key"));
  Config other = fresh;
  other.tls_certificate = "l.pem";
  EXPECT_THAT(keys_needing_restart(fresh, other), IsEmpty());
}

}  // namespace
}  // namespace roost
