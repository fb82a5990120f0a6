// Servers: a fixture that starts the server that a configuration asks for, in
// this process, and clients of it; what its channels and hooks see arrives in
// Arrivals.
#pragma once

#include <roost/server.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "support/ws_client.hpp"

namespace roost {

using test::WsClient;

inline constexpr const char* lobby = "events:lobby";

inline std::string event_number(int number) {
  return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + std::to_string(number) + "\"}";
}
inline std::string delivered(std::string_view topic, std::string_view event,
                             std::string_view payload) {
  return "[null,null,\"" + std::string(topic) + "\",\"" + std::string(event) + "\"," +
         std::string(payload) + "]";
}
inline std::string answered(std::string_view topic, std::string_view status,
                            std::string_view response, std::string_view ref = "9") {
  return "[1," + std::string(ref) + ",\"" + std::string(topic) + R"(","phx_reply",{"status":")" +
         std::string(status) + R"(","response":)" + std::string(response) + "}]";
}
inline std::string joined(std::string_view topic) {
  return answered(topic, "ok", "{}", "1");
}
inline std::string refused(std::string_view topic, std::string_view reason = "unauthorized") {
  return answered(topic, "error", R"({"reason":")" + std::string(reason) + "\"}", "1");
}

/// Values that come from the server's threads, in the order in which they came.
template <class T>
class Arrivals {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  T take() {
    return take_first([](const T&) { return true; });
  }
  /// Drops what comes before the first that is wanted.
  template <class Wanted>
  T take_first(Wanted&& wanted) {
    std::unique_lock lock(mutex_);
    std::optional<T> found;
    const bool came = changed_.wait_for(lock, WsClient::patience, [&] {
      while (!found && !values_.empty()) {
        if (wanted(values_.front())) found = std::move(values_.front());
        values_.pop_front();
      }
      return found.has_value();
    });
    if (!came) throw std::runtime_error("nothing came from the server");
    return *std::move(found);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

/// Tells the test who joined, and how it ended; echoes what it is sent.
class Room final : public Channel {
 public:
  struct Guests {
    Arrivals<MemberId> joined;
    Arrivals<LeaveReason> left;
  };
  explicit Room(Guests& guests) : guests_(guests) {}

  void joined() override { guests_.joined.put(id()); }
  void handle_in(const Push& push) override { reply(push.ref, Status::ok, push.payload); }
  void terminate(LeaveReason reason) override { guests_.left.put(reason); }

  void tell(std::string_view event) { push(event, Payload::empty()); }

 private:
  Guests& guests_;
};

inline ChannelFactory rooms(Room::Guests& guests) {
  return [&guests] { return std::make_unique<Room>(guests); };
}

class Servers : public testing::Test {
 protected:
  Servers() {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 2;
    config_.heartbeat_interval = std::chrono::milliseconds(0);
    config_.refusal_delay = std::chrono::milliseconds(0);
    config_.drain_time = std::chrono::milliseconds(50);
  }
  /// The server that the configuration asks for, not started yet.
  Server& server() {
    if (!server_) {
      const auto sink = [this](LogLevel, std::string_view line) { log_.put(std::string(line)); };
      server_ = std::make_unique<Server>(
          config_, std::make_shared<Log>(LogLevel::info, LogFormat::json, sink));
    }
    return *server_;
  }
  std::string endpoint() { return server().endpoints().front(); }
  WsClient client(std::string_view query = WsClient::v2_query) {
    return WsClient::open(endpoint(), query);
  }
  /// So many clients in one topic; the server hands them round its threads.
  std::vector<WsClient> clients_in(std::string_view topic, int count) {
    std::vector<WsClient> result;
    for (int i = 0; i < count; ++i) {
      result.push_back(client());
      EXPECT_EQ(result.back().join(topic), joined(topic));
    }
    return result;
  }
  void await_log(const std::string& part) {
    log_.take_first([&](const std::string& line) { return line.find(part) != line.npos; });
  }

  Config config_;
  Arrivals<std::string> log_;
  Room::Guests guests_;
  std::unique_ptr<Server> server_;
};

}  // namespace roost
