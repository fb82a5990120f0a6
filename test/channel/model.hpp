// Model: what a Phoenix socket says to each client, from PROTOCOL.md section 1
// alone; it shares no code with the server. Told what clients say and what hooks
// decide, it foretells the frames of each client, and when the client enters and
// leaves a topic. When a broadcast arrives is not foretold, but judged: see
// ModelJudge.
//
// The channels do what they are told by a push's event, a list of these words
// (N names the message, so that it is known again):
//   r, e   reply ok, error with the push's payload    k, l   keep the ref; reply to it
//   R      reply with bytes                           pN     push
//   bN fN  broadcast to all, to all others            BN     broadcast bytes
//   tM:W   do the word W in M milliseconds            u      cancel the last of these
//   c      throw     x     push what is no object     s      stop
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roost::model {

enum class Wire { v1, v2 };
enum class Form { json, bytes };

/// A message of a client; refs are JSON values.
struct Said {
  std::string join_ref, ref, topic, event, payload;
  Form form = Form::json;
};

/// What becomes of a join, by the number in its payload.
struct Plan {
  enum class Hook { allows, denies, waits };
  enum class Channel { accepts, refuses, throws };
  Hook hook = Hook::allows;
  Channel channel = Channel::accepts;
  std::string hook_response, channel_response;  ///< "": none
  std::string words;                            ///< when it has joined
  int farewell = 0;                             ///< broadcast by terminate(); 0: none
};

struct Limits {
  std::size_t channels_max = 100;
  std::size_t parked_messages_max = 64;
};

struct Broadcast {
  int number = 0;
  std::string topic;
  int sender = 0;  ///< a client
  bool comes_back = false;
  Form form = Form::json;
  unsigned when = 0;
};

/// What happens to a client, in order.
struct Step {
  enum class Kind { frame, enters, leaves, publishes };
  Kind kind;
  std::string text;  ///< the frame, 't' or 'b' before it; or the topic
  int number = 0;    ///< of the join or the broadcast
  unsigned when = 0;
};
using Steps = std::vector<Step>;

struct Ended {
  int join;
  std::string why;
  auto operator<=>(const Ended&) const = default;
};

std::string json_text(std::string_view text);
std::string broadcast_frame(Wire wire, const Broadcast& broadcast);

class Model {
 public:
  using Time = std::chrono::milliseconds;
  static constexpr Time hook_timeout{2000};
  static constexpr std::string_view served = "room:";  ///< how topics with a channel begin

  Model(Limits limits, const std::vector<Plan>& plans) : limits_(limits), plans_(plans) {}

  int connects(Wire wire);
  void says(int client, const Said& said);
  void babbles(int client) { closes(client, 1011); }
  void vanishes(int client) { closes(client, std::nullopt); }
  void is_disconnected(int client) { closes(client, 1001); }
  /// A hook has answered at last.
  void decides(int client, int join, std::optional<std::string> denial);
  /// The program tells a channel to do something.
  void runs(int client, int join, const std::string& words);
  void passes(Time time);

  bool is_waiting(int client, int join) const;
  std::optional<std::string> join_ref(int client, const std::string& topic) const;
  std::optional<std::uint16_t> close_code(int client) const { return clients_.at(client).code; }
  Wire wire(int client) const { return clients_.at(client).wire; }
  std::size_t members() const;

  /// What has happened to a client since the last call.
  Steps take_steps(int client) { return std::exchange(clients_.at(client).steps, {}); }
  std::vector<Broadcast> take_broadcasts() { return std::exchange(broadcasts_, {}); }
  std::vector<Ended> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Timer {
    Time due;
    unsigned order;
    std::string words;
  };
  struct Join {
    int number;
    std::string topic, join_ref, ref;
    Time deadline;
    unsigned order;
    bool joined = false;
    std::string owed_close{};  // of the join that this one replaced
    std::vector<Said> parked{};
    std::string kept_ref = "null";
    std::vector<Timer> timers{};

    std::string channel_ref() const;
  };
  struct Client {
    Wire wire;
    bool open = true;
    std::optional<std::uint16_t> code;
    std::vector<Join> joins;
    Steps steps;
  };

  Join* find(Client& client, const std::string& topic);
  Join* find(Client& client, int join);
  void joins(int client, const Said& said);
  void asks(int client, int join);
  void leaves(int client, const Said& said);
  void parks(int client, Join& join, const Said& said);
  void refuses(Client& client, int join, const std::string& response);
  void handles(int client, int join, const std::string& words, const Said* said);
  enum class Outcome { goes_on, stops, crashes };
  Outcome does(int client, Join& join, const std::string& word, const Said* said);
  /// Takes the join out, and lets its channel say farewell.
  Join ends(int client, int join, const std::string& why);
  void closes(int client, std::optional<std::uint16_t> code);
  void publishes(int client, const std::string& topic, int number, bool comes_back, Form form);

  void sends(Client& client, std::string frame);
  void frame(Client& client, const std::string& join_ref, const std::string& ref,
             const std::string& topic, const std::string& event, const std::string& payload);
  void reply(Client& client, const std::string& join_ref, const std::string& ref,
             const std::string& topic, const std::string& status, const std::string& response);
  void unmatched(Client& client, const std::string& ref, const std::string& topic);
  std::string close_frame(const Client& client, const Join& join) const;

  Limits limits_;
  const std::vector<Plan>& plans_;
  std::map<int, Client> clients_;
  std::vector<Broadcast> broadcasts_;
  std::vector<Ended> ended_;
  Time now_{0};
  unsigned ticks_ = 0;
};

}  // namespace roost::model
