// A chat server: whoever joins room:<name> sees what the others there say.
#include <roost/channel.hpp>
#include <roost/server.hpp>

#include <iostream>
#include <memory>
#include <stdexcept>

class Room : public roost::Channel {
  void handle_in(const roost::Push& push) override {
    if (push.event != "say") {
      reply(push.ref, roost::Status::error, roost::Payload::json(R"({"reason":"unknown_event"})"));
      return;
    }
    broadcast_from("said", push.payload);
    reply(push.ref, roost::Status::ok);
  }
};

int main() try {
  roost::Config config;
  config.listen = {"127.0.0.1:0"};  // a free port

  roost::Server server(config);
  server.channel("room:*", [] { return std::make_unique<Room>(); });
  server.authorize_join("room:*", [](const roost::Question& question, roost::Answer answer) {
    answer(question.topic == "room:staff" ? roost::Decision::deny() : roost::Decision::allow());
  });
  server.handle_signals();
  server.start();
  std::cout << "ws://" << server.endpoints().front() << "/socket" << std::endl;
  server.wait();
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
