// `roost listen`, `publish`, `topics` and `completion`, run as a person would,
// against a server of the same build.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/http_service.hpp"

extern char** environ;

namespace roost {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The commands bound themselves in time, whatever becomes of the server.
constexpr auto bounded = "timeout -k 1 60 '" ROOST_PROGRAM "' ";

/// A command of a shell, whose output is read line by line.
class Shell {
 public:
  explicit Shell(const std::string& command) : pipe_(::popen(command.c_str(), "r")) {}
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() {
    if (pipe_ != nullptr) ::pclose(pipe_);
  }

  /// Without its line break; empty at the end.
  std::string line() {
    std::string text;
    for (int c = std::fgetc(pipe_); c != EOF && c != '\n'; c = std::fgetc(pipe_))
      text += static_cast<char>(c);
    return text;
  }
  std::string rest() {
    std::string text;
    for (int c = std::fgetc(pipe_); c != EOF; c = std::fgetc(pipe_)) text += static_cast<char>(c);
    return text;
  }
  int exit_code() {
    const int status = ::pclose(pipe_);
    pipe_ = nullptr;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  std::FILE* pipe_;
};

struct Ran {
  int exit_code;
  std::string output;
};

Ran run_client(const std::string& arguments, const std::string& before = "") {
  Shell shell(before + " " + bounded + arguments);
  Ran ran{0, shell.rest()};
  ran.exit_code = shell.exit_code();
  return ran;
}

/// `roost serve` on a free port, killed with the object.
class ServeProcess {
 public:
  explicit ServeProcess(std::vector<std::string> options) {
    std::vector<std::string> words = {ROOST_PROGRAM, "serve", "--set", "log.level=off"};
    for (std::string& option : options) words.push_back(std::move(option));
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2] = {};
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int failed =
        ::posix_spawn(&pid_, ROOST_PROGRAM, &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
    if (failed != 0) throw std::runtime_error("roost serve cannot be started");
    std::array<char, 512> line{};
    std::fgets(line.data(), line.size(), output_);
    const std::string text = line.data();
    const auto begin = text.find("listening on ") + 13;
    url_ = text.substr(begin, text.find(' ', begin) - begin);
  }
  ServeProcess(const ServeProcess&) = delete;
  ServeProcess& operator=(const ServeProcess&) = delete;
  ~ServeProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::fclose(output_);
  }

  /// Such as ws://127.0.0.1:40123/socket.
  const std::string& url() const { return url_; }

 private:
  pid_t pid_ = -1;
  std::FILE* output_ = nullptr;
  std::string url_;
};

class ClientCli : public testing::Test {
 protected:
  static constexpr auto config_text = R"([server]
threads = 1
[events]
heartbeat_interval = "0s"
open = true
[[history]]
topic = "events:kept"
[[authorize_join]]
topic = "events:staff"
allow = false
[[authorize_join]]
topic = "events:*"
allow = true
)";

  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name), std::ios::binary) << text;
    return folder_.file(name);
  }
  void serve(const std::string& more = "") {
    server_ = std::make_unique<ServeProcess>(std::vector<std::string>{
        "--listen", "127.0.0.1:0", "--config", file("roost.toml", config_text + more)});
  }
  std::string url() const { return " --url " + server_->url(); }
  /// Standard error goes to standard output, and comes first.
  std::string listen(const std::string& arguments) const {
    return std::string(bounded) + "listen " + arguments + url() + " 2>&1";
  }

  test::CertificateFolder folder_;
  std::unique_ptr<ServeProcess> server_;
};

constexpr auto hello =
    R"({ "specversion":"1.0", "id":"1","source":"/s", "type":"com.example.hello" })";

TEST_F(ClientCli, WhatIsPublishedIsListenedToAsItWasWritten) {
  serve();
  Shell listener(listen("events:a --types 'com.example.*' --count 2"));
  EXPECT_THAT(listener.line(), StartsWith("roost: listening to events:a at ws://127.0.0.1:"));
  const Ran other = run_client("publish events:a --type org.example --data '[1]'" + url());
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_THAT(other.output, AllOf(StartsWith(R"({"id":")"), EndsWith("\"verdict\":\"ok\"}\n")));
  const Ran first =
      run_client("publish events:a - --json" + url(), "printf '%s' '" + std::string(hello) + "' |");
  EXPECT_EQ(first.output, "{\"file\":\"stdin\",\"line\":1,\"id\":\"1\",\"verdict\":\"ok\"}\n");
  const Ran second = run_client(
      "publish events:a --type com.example.b --id 2 --source /t --text hi --ext n=1" + url());
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(listener.rest(),
            std::string(hello) + "\n" +
                R"({"specversion":"1.0","id":"2","source":"/t","type":"com.example.b",)" +
                R"("datacontenttype":"text/plain","n":1,"data":"hi"})" + "\n");
  EXPECT_EQ(listener.exit_code(), 0);
}

TEST_F(ClientCli, PublishNamesTheLineOfWhatIsRefused) {
  serve();
  const std::string lines =
      file("events.jsonl",
           std::string(hello) + "\n\n{\"specversion\":\"1.0\"}\n{broken\n" + hello + "\n");
  const Ran ran = run_client("publish events:a " + lines + url() + " 2>&1");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("\"line\":1,\"id\":\"1\",\"verdict\":\"ok\"}"),
                    HasSubstr("roost: " + lines + ":3: missing_required_fields: "),
                    HasSubstr("\"line\":3,\"id\":\"\",\"verdict\":\"refused\",\"error\":{"),
                    HasSubstr("roost: " + lines + ":4: invalid_cloudevent_format: "),
                    HasSubstr("\"line\":5,\"id\":\"1\",\"verdict\":\"ok\"}"),
                    HasSubstr("4 events: 2 accepted (0 duplicates), 2 refused")));
}

TEST_F(ClientCli, PublishSendsMoreThanItsWindow) {
  serve();
  const Ran ran =
      run_client("publish events:kept" + url() + " 2>&1 | tail -n 1",
                 "seq 500 | sed 's|.*|{\"specversion\":\"1.0\",\"id\":\"&\",\"source\":\"/s\","
                 "\"type\":\"t\"}|' |");
  EXPECT_THAT(ran.output, HasSubstr("500 events: 500 accepted (0 duplicates), 0 refused"));
  const Ran last = run_client("listen events:kept --recover last-1 --count 1 --offsets" + url());
  EXPECT_EQ(last.output,
            "{\"roostoffset\":\"500\",\"specversion\":\"1.0\",\"id\":\"500\",\"source\":\"/s\","
            "\"type\":\"t\"}\n");
}

TEST_F(ClientCli, PublishWaitsWhereItIsTooFast) {
  file("limit.lua",
       "function may_join() return {allow = true, limits = {events_per_second = 50}} end\n");
  server_ = std::make_unique<ServeProcess>(std::vector<std::string>{
      "--listen", "127.0.0.1:0", "--config",
      file("roost.toml",
           "[[authorize_join]]\ntopic = \"events:*\"\nhook = \"lua\"\nscript = \"limit.lua\"\n"
           "function = \"may_join\"\n[[history]]\ntopic = \"events:kept\"\n")});
  const Ran ran =
      run_client("publish events:kept" + url() + " 2>&1 | tail -n 2",
                 "seq 70 | sed 's|.*|{\"specversion\":\"1.0\",\"id\":\"&\",\"source\":\"/s\","
                 "\"type\":\"t\"}|' |");
  EXPECT_THAT(ran.output, AllOf(HasSubstr(R"("verdict":"ok",)"), HasSubstr(R"("offset":70})"),
                                HasSubstr("70 events: 70 accepted (0 duplicates), 0 refused")));
}

TEST_F(ClientCli, KeptTopicsKnowWhatTheyHaveAndFromWhere) {
  serve();
  const std::string publish = "publish events:kept --type t --source /s" + url();
  const Ran first = run_client(publish + " --id 1");
  EXPECT_THAT(first.output, HasSubstr("\"verdict\":\"ok\",\"epoch\":\""));
  EXPECT_THAT(first.output, EndsWith("\"offset\":1}\n"));
  EXPECT_THAT(run_client(publish + " --id 1").output, HasSubstr("\"duplicate\":true"));
  EXPECT_EQ(run_client(publish + " --id 2").exit_code, 0);
  const auto at = first.output.find("\"epoch\":\"") + 9;
  const std::string epoch = first.output.substr(at, first.output.find('"', at) - at);
  const Ran past = run_client("listen events:kept --count 1 --recover " + epoch + ":1" + url());
  EXPECT_THAT(past.output, HasSubstr("\"id\":\"2\""));
  Shell gap(listen("events:kept --recover other:1 --count 1"));
  EXPECT_THAT(gap.line(), HasSubstr("listening to events:kept"));
  EXPECT_EQ(gap.line(),
            "roost: past events cannot be recovered: unknown_epoch; what is new follows");
  EXPECT_EQ(run_client(publish + " --id 3").exit_code, 0);
  EXPECT_THAT(gap.rest(), HasSubstr("\"id\":\"3\""));
}

TEST_F(ClientCli, RefusalsSayWhyAndWhatToDo) {
  serve("[[authorize_connect]]\nwhen = \"params.app == 'desk'\"\nallow = true\n");
  const Ran connect = run_client("listen events:a" + url() + " 2>&1");
  EXPECT_EQ(connect.exit_code, 1);
  EXPECT_THAT(connect.output, HasSubstr("refuses the connection (403)"));
  const Ran join = run_client("listen events:staff --param app=desk" + url() + " 2>&1");
  EXPECT_EQ(join.exit_code, 1);
  EXPECT_EQ(join.output, "roost: the server refused the join: unauthorized\n");
  const Ran path = run_client("publish events:a --type t --url " +
                              server_->url().substr(0, server_->url().rfind('/')) + "/other 2>&1");
  EXPECT_EQ(path.exit_code, 1);
  EXPECT_THAT(path.output, HasSubstr("there is no Phoenix socket at ws://"));
  const std::string gone = url();
  server_.reset();
  const Ran refused = run_client("listen events:a" + gone + " 2>&1");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("Connection refused; is the server running?"),
                                    HasSubstr("roost serve")));
}

TEST_F(ClientCli, WrongUsageIsTwoBeforeAnythingIsSent) {
  for (const std::string wrong :
       {"listen", "listen events:a --url nowhere", "listen events:a --recover x",
        "listen events:a --param x", "listen events:a --token-file /nowhere",
        "listen events:a --cacert /nowhere", "publish events:a /nowhere", "publish events:a /",
        "publish events:a --id 1", "publish events:a --type t --data '{'",
        "publish events:a --type t --data 1 --text 2", "publish events:a --type t --ext x",
        "publish events:a --type t --data ''", "publish events:a --type t events.jsonl",
        "completion tcsh"}) {
    const Ran ran = run_client(wrong + " 2>&1 </dev/null");
    EXPECT_EQ(ran.exit_code, 2) << wrong << "\n" << ran.output;
  }
}

TEST_F(ClientCli, ListenEndsQuietlyWhenItsPipeIsClosed) {
  serve();
  Shell listener("( " + std::string(bounded) + "listen events:a" + url() + " 2>'" +
                 folder_.file("said") + "'; echo $? >'" + folder_.file("code") +
                 "' ) | head -n 1; cat '" + folder_.file("said") + "' '" + folder_.file("code") +
                 "'");
  // No line of the pipe tells that it has joined: publish until one has arrived.
  for (bool is_over = false; !is_over;) {
    ASSERT_EQ(run_client("publish events:a --type t --quiet" + url()).exit_code, 0);
    is_over = std::filesystem::exists(folder_.file("code"));
  }
  EXPECT_THAT(listener.line(), HasSubstr("\"specversion\""));
  EXPECT_THAT(listener.line(), HasSubstr("listening to"));
  EXPECT_EQ(listener.rest(), "0\n");
}

TEST_F(ClientCli, ControlCEndsListenWell) {
  serve();
  Shell listener("exec '" ROOST_PROGRAM "' listen events:a" + url() +
                 " 2>&1 & echo $!; wait $!; echo \"ended $?\"");
  std::string pid = listener.line(), said = listener.line();
  if (pid.starts_with("roost")) std::swap(pid, said);
  EXPECT_THAT(said, HasSubstr("listening to"));
  ASSERT_EQ(::kill(std::stoi(pid), SIGINT), 0);
  EXPECT_EQ(listener.rest(), "ended 0\n");
}

TEST_F(ClientCli, CertificatesAreChecked) {
  folder_.make("a", "a.example");
  server_ = std::make_unique<ServeProcess>(std::vector<std::string>{
      "--listen", "127.0.0.1:0", "--set", "server.tls.certificate=" + folder_.file("a.pem"),
      "--set", "server.tls.key=" + folder_.file("a.key")});
  EXPECT_THAT(server_->url(), StartsWith("wss://"));
  const std::string publish = "publish events:a --type t";
  const Ran unknown = run_client(publish + url() + " 2>&1");
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.output, AllOf(HasSubstr("is not trusted"), HasSubstr("--cacert")));
  EXPECT_EQ(run_client(publish + url() + " --cacert " + folder_.file("a.pem")).exit_code, 0);
  EXPECT_EQ(run_client(publish + url() + " --insecure").exit_code, 0);
  std::string by_name = server_->url();
  by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
  EXPECT_THAT(
      run_client(publish + " --url " + by_name + " --cacert " + folder_.file("a.pem") + " 2>&1")
          .output,
      HasSubstr("is not trusted"));
  std::string plain = server_->url();
  plain.replace(0, 3, "ws");
  EXPECT_EQ(run_client(publish + " --url " + plain + " 2>&1").exit_code, 1);
}

TEST_F(ClientCli, TopicsAreListedPageByPage) {
  folder_.make("a", "a.example");
  test::HttpService api(
      [](const test::HttpService::Asked& asked) {
        if (asked.head.find("Authorization: Bearer k3y\r\n") == asked.head.npos)
          return test::HttpService::status(
              "401 Unauthorized", R"({"reason":"api_key_missing","message":"no key\u001b[2J"})");
        const bool is_first = asked.head.starts_with("GET /deep/api/topics?prefix=events%3A HTTP");
        const bool is_next =
            asked.head.starts_with("GET /deep/api/topics?prefix=events%3A&after=events%3A%C3%A4 ");
        if (is_first)
          return test::HttpService::json(
              R"({"topics":[{"topic":"events:\u00e4","members":2}],"total":2,"next":"events:\u00e4"})");
        return is_next ? test::HttpService::json(
                             "{\"topics\":[{\"topic\":\"events:b\",\n\"members\":1}]}")
                       : test::HttpService::status("400 Bad Request");
      },
      test::HttpService::tls(folder_.file("a.pem"), folder_.file("a.key")));
  const std::string topics =
      "topics events: --cacert " + folder_.file("a.pem") + " --url " + api.url("/deep/");
  const std::string key = " --key-file " + file("key", "k3y\n");
  const Ran listed = run_client(topics + key);
  EXPECT_EQ(listed.exit_code, 0);
  EXPECT_EQ(listed.output,
            "{\"topic\":\"events:\\u00e4\",\"members\":2}\n"
            "{\"topic\":\"events:b\", \"members\":1}\n");
  EXPECT_EQ(run_client(topics, "ROOST_API_KEY=k3y").output, listed.output);
  const Ran refused = run_client(topics + " 2>&1");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(StartsWith("roost: the server answers 401: no key"),
                                    HasSubstr("--key-file"), Not(HasSubstr("\x1b"))));
  const Ran distrusted = run_client("topics --url " + api.url() + " 2>&1");
  EXPECT_EQ(distrusted.exit_code, 1);
  EXPECT_THAT(distrusted.output, HasSubstr("is not trusted"));
}

/// What bash offers for a line that ends where the cursor is.
std::string completed(const std::string& words, int current) {
  Shell bash("bash --norc -c '. <(\"" ROOST_PROGRAM "\" completion bash); COMP_WORDS=(" + words +
             "); COMP_CWORD=" + std::to_string(current) + "; _roost; echo \"${COMPREPLY[@]}\"'");
  return bash.line();
}

TEST_F(ClientCli, BashCompletesCommandsAndOptions) {
  EXPECT_EQ(completed("roost li", 1), "listen");
  EXPECT_THAT(completed("roost \"\"", 1), AllOf(HasSubstr("serve"), HasSubstr("publish")));
  EXPECT_EQ(completed("roost token in", 2), "inspect");
  EXPECT_EQ(completed("roost listen --rec", 2), "--recover");
  EXPECT_EQ(completed("roost token make --sec", 3),
            "--secret --secret-file --secret-env --seconds");
  // A value, or a file: bash's own names of files.
  EXPECT_EQ(completed("roost serve --config ro", 3), "");
  EXPECT_EQ(completed("roost publish events:a ev", 3), "");
}

TEST_F(ClientCli, OtherShellsGetScriptsThatNameEverything) {
  for (const std::string shell : {"zsh", "fish"}) {
    const Ran ran = run_client("completion " + shell);
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.output, AllOf(HasSubstr("check-config"), HasSubstr("token-file"),
                                  HasSubstr("roost token make")));
  }
}

}  // namespace
}  // namespace roost
