// conformance-server: what the recorded Phoenix server of phoenix-1.8.json is,
// made with roost's public API alone.
#include <roost/server.hpp>

#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

/// Answers every event with its own payload; shouts, crashes and stops.
class Echo final : public roost::Channel {
 public:
  void handle_in(const roost::Push& push_in) override {
    if (push_in.event == "shout") return broadcast("shout", push_in.payload);
    if (push_in.event == "crash") throw std::runtime_error("asked to crash");
    if (push_in.event == "stop") return stop();
    reply(push_in.ref, roost::Status::ok, push_in.payload);
  }
};

/// The least that the RealtimeClient of @supabase/realtime-js asks of a server:
/// a broadcast reaches the other members, and is answered for those who ask for
/// an `ack` (the others do not listen). A fresh access_token is never answered.
class Realtime final : public roost::Channel {
 public:
  void handle_in(const roost::Push& push_in) override {
    if (push_in.event == "access_token") return;
    if (push_in.event != "broadcast") {
      return reply(push_in.ref, roost::Status::error,
                   roost::Payload::json(R"({"reason":"unknown_event"})"));
    }
    broadcast_from("broadcast", push_in.payload);
    reply(push_in.ref, roost::Status::ok);
  }
};

/// Tracks each member under its user_id.
class WhoIsThere final : public roost::Channel {
 public:
  roost::JoinResult join(const roost::JoinRequest& request) override {
    // A join payload reads like connect params do.
    roost::ConnectionInfo payload;
    payload.params_json = request.payload.bytes;
    user_id_ = payload.param("user_id").value_or("");
    return roost::JoinResult::ok();
  }
  void joined() override {
    presence().track(user_id_, R"({"online_at":")" + std::to_string(std::time(nullptr)) + "\"}");
    presence().push_state();
  }
  void handle_in(const roost::Push&) override { throw std::runtime_error("no such event"); }

 private:
  std::string user_id_;
};

roost::Config config_for(const std::string& listen) {
  roost::Config config;
  config.listen = {listen};
  config.check_origin.kind = roost::CheckOrigin::Kind::off;
  config.heartbeat_interval = std::chrono::milliseconds(0);
  config.log_level = roost::LogLevel::off;
  config.refusal_delay = std::chrono::milliseconds(0);
  config.join_rules = {{"events:forbidden", false}, {"*", true}};
  return config;
}

roost::Decision refuse_bad_tokens(const roost::Question& question) {
  return question.connection->param("token") == "bad" ? roost::Decision::deny()
                                                      : roost::Decision::allow();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 || std::string_view(argv[1]) != "--listen") {
    std::fputs("usage: conformance-server --listen ADDR:PORT\n", stderr);
    return 2;
  }
  roost::Server server(config_for(argv[2]));
  server.channel("echo:*", [] { return std::make_unique<Echo>(); });
  server.channel("realtime:*", [] { return std::make_unique<Realtime>(); });
  server.channel("presence:*", [] { return std::make_unique<WhoIsThere>(); });
  server.authorize_connect(roost::DecideHook(refuse_bad_tokens));
  server.handle_signals();
  server.start();
  std::printf("conformance-server listening on %s\n", server.endpoints().front().c_str());
  std::fflush(stdout);
  server.wait();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "conformance-server: %s\n", error.what());
  return 1;
}
