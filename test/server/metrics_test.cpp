// GET /metrics, /healthz and /readyz of running servers.
#include <roost/limits.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "running_server.hpp"
#include "support/exposition.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using test::HttpClient;
using test::HttpReply;
using test::MetricsText;

class Metrics : public Servers {
 protected:
  HttpReply get(std::string_view target, HttpClient::Headers headers = {}) {
    return HttpClient(endpoint()).request("GET", target, std::move(headers));
  }
  MetricsText metrics() {
    const HttpReply reply = get("/metrics");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    return MetricsText(reply.body);
  }
};

TEST_F(Metrics, SayWhatHasHappened) {
  config_.open = true;
  server().start();
  auto members = clients_in(lobby, 3);
  members[0].push(lobby, "cloudevent", event_number(1));
  for (auto& member : {&members[1], &members[2]})
    EXPECT_EQ(member->read_text(), delivered(lobby, "cloudevent", event_number(1)));
  EXPECT_EQ(members[0].read_text(), answered(lobby, "ok", "{}"));
  const MetricsText text = metrics();
  EXPECT_EQ(text.value("roost_connections"), 3);
  EXPECT_EQ(text.value("roost_connections_total"), 3);
  EXPECT_EQ(text.value("roost_joins_total"), 3);
  EXPECT_EQ(text.value("roost_members"), 3);
  EXPECT_EQ(text.value("roost_broadcasts_total"), 1);
  EXPECT_EQ(text.value("roost_deliveries_total"), 2);
  EXPECT_GE(text.value("roost_sent_bytes_total"), 5 * 20);
  EXPECT_GE(text.value("roost_received_bytes_total"), 4 * 20);
  EXPECT_EQ(text.value("roost_threads"), 2);
  EXPECT_GT(text.value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(text.value("process_start_time_seconds"), 1.7e9);
}

TEST_F(Metrics, CountRefusalsAndRejectionsByReason) {
  config_.open = true;
  config_.channels_max = 1;
  server().authorize_join("events:staff", [](const Question&) {
    return Decision::deny("a reason that \"nobody\" knows");
  });
  server().authorize_join("*", [](const Question&) { return Decision::allow(); });
  server().start();
  WsClient member = client();
  member.join("events:staff");
  member.join("nowhere:1");
  member.join("events:");
  member.join(lobby);
  member.join("events:another");
  member.push(lobby, "cloudevent", R"({"specversion":"1.0"})");
  member.read_text();
  member.read_text();
  const MetricsText text = metrics();
  const auto refused = [&](const std::string& reason) {
    return text.value("roost_joins_refused_total{reason=\"" + reason + "\"}");
  };
  EXPECT_EQ(refused("unauthorized"), 1);
  EXPECT_EQ(refused("unmatched_topic"), 1);
  EXPECT_EQ(refused("invalid_topic"), 1);
  EXPECT_EQ(refused("too_many_channels"), 1);
  EXPECT_EQ(refused("channel"), 0);
  EXPECT_EQ(text.value("roost_joins_total"), 1);
  EXPECT_EQ(text.value("roost_events_rejected_total{reason=\"missing_required_fields\"}"), 1);
  EXPECT_EQ(text.value("roost_hook_duration_seconds_count{hook=\"program\",question=\"join\"}"), 3);
}

TEST_F(Metrics, CountWhatTheLimitsRefuse) {
  config_.open = true;
  config_.topics_max = 1;
  server().start();
  WsClient member = client();
  EXPECT_EQ(member.join(lobby), joined(lobby));
  member.join("events:another");
  const MetricsText text = metrics();
  EXPECT_EQ(text.value("roost_limits_met_total{limit=\"topics\"}"), 1);
  EXPECT_EQ(text.value("roost_limits_met_total{limit=\"topic_members\"}"), 0);
  EXPECT_EQ(text.value("roost_joins_refused_total{reason=\"limit_reached\"}"), 1);
}

TEST_F(Metrics, MeasureHooksThatAnswerLater) {
  Arrivals<Answer> asked;
  server().authorize_join("*", [&](const Question&, Answer answer) { asked.put(answer); });
  server().start();
  WsClient member = client();
  member.send(R"(["1","1","events:lobby","phx_join",{}])");
  const Answer answer = asked.take();
  const std::string count = "roost_hook_duration_seconds_count{hook=\"program\",question=\"join\"}";
  EXPECT_FALSE(metrics().has(count));
  answer(Decision::allow());
  answer(Decision::allow());
  member.read_text();
  EXPECT_EQ(metrics().value(count), 1);
}

std::string text_of_file(const std::string& name) {
  std::ifstream file(std::string(ROOST_SOURCE_DIR) + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(Metrics, AreAllThatAlertsAndTheDashboardSpeakOf) {
  server().start();
  const std::set<std::string> names = metrics().names();
  const std::regex metric("(roost|process)_[a-z0-9_]+");
  for (const char* file : {"/config/ops/alerts.yml", "/config/ops/grafana-dashboard.json"}) {
    const std::string text = text_of_file(file);
    std::sregex_iterator found(text.begin(), text.end(), metric);
    EXPECT_GE(std::distance(found, {}), 9) << file;
    for (; found != std::sregex_iterator(); ++found)
      EXPECT_TRUE(names.contains(found->str())) << file << " speaks of " << found->str();
  }
}

/// Each match of a pattern in a text.
std::vector<std::smatch> matches_of(const char* pattern, const std::string& text) {
  const std::regex regex(pattern);
  return {std::sregex_iterator(text.begin(), text.end(), regex), {}};
}

/// The labels that `by (...)` leaves, and the two that Prometheus adds to all it reads.
std::set<std::string> labels_left(const std::string& expression) {
  std::set<std::string> labels = {"job", "instance"};
  for (const std::smatch& by : matches_of(R"re(by \(([a-z_, ]+)\))re", expression)) {
    const std::string list = by[1];
    for (const std::smatch& label : matches_of("[a-z_]+", list)) labels.insert(label.str());
  }
  return labels;
}

TEST_F(Metrics, HaveTheLabelsThatAlertsAndTheDashboardAskFor) {
  server().authorize_join("*", [](const Question&) { return Decision::allow(); });
  server().start();
  WsClient member = client();
  member.join(lobby);
  const MetricsText text = metrics();
  const std::set<std::string> of_prometheus = labels_left("");
  for (const char* file : {"/config/ops/alerts.yml", "/config/ops/grafana-dashboard.json"}) {
    // In JSON quotes stand behind a backslash.
    const std::string queries = std::regex_replace(text_of_file(file), std::regex(R"(\\")"), "\"");
    const auto groups =
        matches_of(R"re((by \([a-z_, ]+\)) \(([a-z_]+\()?((roost|process)_[a-z0-9_]+))re", queries);
    EXPECT_GE(groups.size(), 6U) << file;
    for (const std::smatch& group : groups) {
      const auto labels = text.labels(group[3]);
      for (const std::string& label : labels_left(group[1]))
        EXPECT_TRUE(of_prometheus.contains(label) || labels.contains(label))
            << file << ": " << group.str() << " has no " << label;
    }
    const auto selectors = matches_of(R"re(((roost|process)_[a-z0-9_]+)\{([^}]*)\})re", queries);
    EXPECT_GE(selectors.size(), 6U) << file;
    for (const std::smatch& selector : selectors) {
      auto labels = text.labels(selector[1]);
      const std::string list = selector[3];
      for (const std::smatch& one : matches_of(R"re(([a-z_]+)(=~|!~|!=|=)"([^"]*)")re", list)) {
        if (of_prometheus.contains(one[1])) continue;
        EXPECT_TRUE(labels.contains(one[1])) << file << ": " << selector.str();
        EXPECT_TRUE(one[2] != "=" || labels[one[1]].contains(one[3]))
            << file << ": " << selector.str();
      }
    }
  }
}

TEST(Alerts, SayWhatTheyAreAboutByLabelsThatTheyHave) {
  const std::string text = text_of_file("/config/ops/alerts.yml");
  const auto begins = matches_of("- alert: [A-Za-z]+\n", text);
  EXPECT_GE(begins.size(), 9U);
  for (const std::smatch& begin : begins) {
    const auto at = static_cast<std::size_t>(begin.position());
    const std::string alert = text.substr(at, text.find("- alert: ", at + 1) - at);
    const std::string name = begin.str();
    const auto parts = matches_of(
        R"re(\n +(expr: |labels: \{severity: (info|warning|critical)\}|annotations:|summary: "|description: "))re",
        alert);
    EXPECT_EQ(parts.size(), 5U) << alert;
    const std::string expression = alert.substr(0, alert.find("labels: {"));
    for (const std::string_view brackets : {"()", "[]", "{}"})
      EXPECT_EQ(std::ranges::count(expression, brackets[0]),
                std::ranges::count(expression, brackets[1]))
          << name << brackets;
    for (const std::smatch& label : matches_of(R"re(\$labels\.([a-z_]+))re", alert))
      EXPECT_TRUE(labels_left(expression).contains(label[1])) << name << label.str();
  }
}

TEST_F(Metrics, StandInTheReadme) {
  server().start();
  const std::string readme = text_of_file("/README.md");
  const MetricsText text = metrics();
  for (const auto& [name, type] : text.types())
    EXPECT_TRUE(!name.starts_with("roost_") || readme.find("`" + name) != readme.npos) << name;
}

TEST_F(Metrics, FallWhenClientsLeave) {
  config_.open = true;
  server().start();
  {
    const auto members = clients_in(lobby, 2);
    EXPECT_EQ(metrics().value("roost_members"), 2);
  }
  while (server().counters().connections_closed < 2) get("/healthz");
  const MetricsText text = metrics();
  EXPECT_EQ(text.value("roost_connections"), 0);
  EXPECT_EQ(text.value("roost_members"), 0);
  EXPECT_EQ(text.value("roost_topics{thread=\"0\"}"), 0);
  EXPECT_EQ(text.value("roost_topics{thread=\"1\"}"), 0);
}

TEST_F(Metrics, AreNotForForwardedRequests) {
  server().start();
  EXPECT_EQ(get("/metrics", {"X-Forwarded-For: 192.0.2.1"}).status, 403);
  EXPECT_EQ(get("/metrics", {"Forwarded: for=192.0.2.1"}).status, 403);
  EXPECT_EQ(get("/metrics").status, 200);
}

TEST_F(Metrics, AreForNobodyWithoutAKeyWhereLoopbackIsClosed) {
  config_.metrics_for_loopback = false;
  server().start();
  EXPECT_EQ(get("/metrics").status, 403);
}

TEST_F(Metrics, AreForKeysThatMayRead) {
  const std::string reader(32, 'r'), publisher(32, 'p');
  config_.metrics_for_loopback = false;
  config_.api_keys = {{"prometheus", reader, {}, {"*"}, {"read"}},
                      {"shop", publisher, {}, {"*"}, {"publish"}}};
  server().start();
  const std::vector<HttpClient::Headers> without = {
      {}, {"Authorization: Bearer " + std::string(32, 'x')}};
  for (const HttpClient::Headers& headers : without) {
    const HttpReply stranger = get("/metrics", headers);
    EXPECT_EQ(stranger.status, 401);
    EXPECT_EQ(stranger.header("www-authenticate"), "bearer");
  }
  EXPECT_EQ(get("/metrics", {"Authorization: Bearer " + publisher}).status, 403);
  EXPECT_EQ(get("/metrics", {"Authorization: Bearer " + reader}).status, 200);
}

TEST_F(Metrics, StandWhereTheConfigurationSays) {
  config_.metrics_path = "/ops/metrics";
  server().start();
  EXPECT_EQ(get("/metrics").status, 404);
  EXPECT_EQ(get("/ops/metrics").status, 200);
  config_.metrics_path = "";
  ASSERT_TRUE(server().reload(config_));
  while (get("/ops/metrics").status != 404) {
  }
}

TEST(MetricsConfig, RefusesAPathThatIsAnothers) {
  for (const char* taken :
       {"/", "metrics", "/m/", "/healthz", "/readyz", "/socket/websocket", "/api/metrics"}) {
    Config config;
    config.metrics_path = taken;
    EXPECT_EQ(check_config(config).size(), 1u) << taken;
  }
}

class Health : public Metrics {
 protected:
  /// Keeps a thread of the server in a hook until the test lets it go.
  std::promise<void> let_go_;
};

TEST_F(Health, FailsWhileAThreadHangsAndNamesIt) {
  std::shared_future<void> released = let_go_.get_future().share();
  Arrivals<int> hanging;
  server().authorize_join("*", [&](const Question&) {
    hanging.put(1);
    released.wait();
    return Decision::allow();
  });
  server().start();
  // Connections go round the threads.
  HttpClient probe(endpoint());
  WsClient member = client();
  ASSERT_EQ(probe.request("GET", "/healthz").body, "ok\n");
  member.send(R"(["1","1","events:lobby","phx_join",{}])");
  hanging.take();
  probe.send("GET", "/healthz");
  const HttpReply failed = probe.read();
  let_go_.set_value();
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(failed.body, "threads that do not answer: 1\n");
  member.read_text();
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Health, IsSharedByThoseWhoAskAtOnce) {
  server().start();
  HttpClient probe(endpoint());
  std::string together;
  for (int i = 0; i < 100; ++i) together += HttpClient::head("GET", "/healthz");
  probe.send_raw(together);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(probe.read().body, "ok\n");
  EXPECT_EQ(HttpClient(endpoint()).request("HEAD", "/healthz").status, 200);
}

TEST_F(Health, IsOnlyRead) {
  server().start();
  for (const char* probe : {"/healthz", "/readyz", "/metrics"}) {
    const HttpReply reply = HttpClient(endpoint()).request("POST", probe);
    EXPECT_EQ(reply.status, 405) << probe;
    EXPECT_EQ(reply.header("allow"), "get, head") << probe;
  }
}

TEST_F(Health, IsNotReadyWithMoreMemoryThanTheWatermark) {
  config_.memory_watermark_bytes = std::size_t{1} << 50;
  server().start();
  EXPECT_EQ(get("/readyz").body, "ready\n");
  config_.memory_watermark_bytes = 1;
  ASSERT_TRUE(server().reload(config_));
  while (get("/readyz").status != 503) {
  }
  EXPECT_EQ(get("/readyz").body, "more memory in use than server.memory_watermark\n");
  EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace roost
