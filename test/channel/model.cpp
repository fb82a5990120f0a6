#include "channel/model.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace roost::model {
namespace {

const std::string null = "null";

std::string reason(std::string_view why) {
  return R"({"reason":")" + std::string(why) + "\"}";
}

bool is_stale(const std::string& said, const std::string& joined) {
  return said != null && said != joined;
}

std::string text_frame(Wire wire, const std::string& join_ref, const std::string& ref,
                       const std::string& topic, const std::string& event,
                       const std::string& payload) {
  const std::string where = json_text(topic);
  if (wire == Wire::v2)
    return "t[" + join_ref + "," + ref + "," + where + ",\"" + event + "\"," + payload + "]";
  return "t{\"topic\":" + where + ",\"event\":\"" + event + "\",\"payload\":" + payload +
         ",\"ref\":" + ref + "}";
}

/// The bytes that stand for a ref in a binary frame; an array or object has none.
std::optional<std::string> in_binary(const std::string& ref) {
  if (ref.front() == '{' || ref.front() == '[') return std::nullopt;
  if (ref.front() == '"') return ref.substr(1, ref.size() - 2);
  return ref == null ? "" : ref;
}

std::string binary_frame(char kind, const std::vector<std::string>& fields,
                         const std::string& data) {
  std::string head = {'b', kind};
  std::string body;
  for (const std::string& field : fields) {
    head += static_cast<char>(field.size());
    body += field;
  }
  return head + body + data;
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string broadcast_frame(Wire wire, const Broadcast& broadcast) {
  const std::string number = std::to_string(broadcast.number);
  if (broadcast.form == Form::bytes) return binary_frame('\2', {broadcast.topic, "said"}, number);
  return text_frame(wire, null, null, broadcast.topic, "said", "{\"n\":" + number + "}");
}

// In Elixir `join_ref || ref`, which passes over false as over nil.
std::string Model::Join::channel_ref() const {
  return join_ref == null || join_ref == "false" ? ref : join_ref;
}

int Model::connects(Wire wire) {
  const int client = static_cast<int>(clients_.size()) + 1;
  clients_[client].wire = wire;
  return client;
}

void Model::says(int id, const Said& said) {
  Client& client = clients_.at(id);
  if (!client.open) return;
  if (said.topic == "phoenix" && said.event == "heartbeat")
    return reply(client, null, said.ref, said.topic, "ok", "{}");
  if (said.event == "phx_join") return joins(id, said);
  if (said.event == "phx_leave") return leaves(id, said);
  Join* const join = find(client, said.topic);
  if (join == nullptr) return unmatched(client, said.ref, said.topic);
  if (is_stale(said.join_ref, join->join_ref)) return;
  if (!join->joined) return parks(id, *join, said);
  handles(id, join->number, said.event, &said);
}

void Model::joins(int id, const Said& said) {
  Client& client = clients_.at(id);
  std::string owed_close;
  if (const Join* const old = find(client, said.topic)) {
    if (old->joined)
      owed_close = close_frame(client, ends(id, old->number, "rejoined"));
    else
      refuses(client, old->number, reason("cancelled"));
  }
  const bool is_served = said.topic.starts_with(served);
  if (is_served && client.joins.size() < limits_.channels_max) {
    const std::size_t digits = said.payload.find_first_of("0123456789");
    Join join{std::stoi(said.payload.substr(digits)),
              said.topic,
              said.join_ref,
              said.ref,
              now_ + hook_timeout,
              ++ticks_};
    join.owed_close = owed_close;
    client.joins.push_back(join);
    return asks(id, join.number);
  }
  if (is_served)
    reply(client, said.join_ref, said.ref, said.topic, "error", reason("too many channels joined"));
  else
    unmatched(client, said.ref, said.topic);
  if (!owed_close.empty()) sends(client, owed_close);
}

void Model::asks(int id, int number) {
  const Plan& plan = plans_.at(static_cast<std::size_t>(number));
  if (plan.hook == Plan::Hook::allows) decides(id, number, std::nullopt);
  if (plan.hook == Plan::Hook::denies) decides(id, number, reason("unauthorized"));
}

void Model::decides(int id, int number, std::optional<std::string> denial) {
  Client& client = clients_.at(id);
  Join* const join = find(client, number);
  if (join == nullptr || join->joined) return;
  const Plan& plan = plans_.at(static_cast<std::size_t>(number));
  if (!denial && plan.channel == Plan::Channel::refuses) denial = reason("full");
  if (!denial && plan.channel == Plan::Channel::throws) denial = reason("join crashed");
  if (denial) return refuses(client, number, *denial);

  join->joined = true;
  std::string response = plan.channel_response;
  if (response.empty()) response = plan.hook_response;
  if (response.empty()) response = "{}";
  reply(client, join->join_ref, join->ref, join->topic, "ok", response);
  client.steps.push_back({Step::Kind::enters, join->topic, number, ++ticks_});
  if (!join->owed_close.empty()) sends(client, join->owed_close);

  const std::vector<Said> parked = std::exchange(join->parked, {});
  handles(id, number, plan.words, nullptr);
  for (const Said& said : parked) {
    if (find(client, number) != nullptr)
      handles(id, number, said.event, &said);
    else
      unmatched(client, said.ref, said.topic);
  }
}

void Model::leaves(int id, const Said& said) {
  Client& client = clients_.at(id);
  const Join* const join = find(client, said.topic);
  if (join != nullptr && is_stale(said.join_ref, join->join_ref)) return;
  if (join != nullptr && join->joined) {
    const Join left = ends(id, join->number, "left");
    reply(client, left.channel_ref(), said.ref, said.topic, "ok", "{}");
    sends(client, close_frame(client, left));
    return;
  }
  if (join != nullptr) refuses(client, join->number, reason("cancelled"));
  reply(client, said.join_ref, said.ref, said.topic, "ok", "{}");
}

void Model::parks(int id, Join& join, const Said& said) {
  if (join.parked.size() == limits_.parked_messages_max) return closes(id, 1008);
  join.parked.push_back(said);
}

void Model::refuses(Client& client, int number, const std::string& response) {
  const auto at = std::find_if(client.joins.begin(), client.joins.end(),
                               [&](const Join& join) { return join.number == number; });
  const Join join = *at;
  client.joins.erase(at);
  reply(client, join.join_ref, join.ref, join.topic, "error", response);
  if (!join.owed_close.empty()) sends(client, join.owed_close);
  for (const Said& said : join.parked) unmatched(client, said.ref, said.topic);
}

// --- Channels

void Model::runs(int client, int join, const std::string& words) {
  const Join* const found = find(clients_.at(client), join);
  if (found != nullptr && found->joined) handles(client, join, words, nullptr);
}

void Model::handles(int id, int number, const std::string& words, const Said* said) {
  Client& client = clients_.at(id);
  std::istringstream list(words);
  Outcome outcome = Outcome::goes_on;
  for (std::string word; outcome != Outcome::crashes && list >> word;) {
    const Outcome one = does(id, *find(client, number), word, said);
    if (one != Outcome::goes_on) outcome = one;
  }
  if (outcome == Outcome::stops) {
    const Join join = ends(id, number, "stopped");
    sends(client, close_frame(client, join));
  } else if (outcome == Outcome::crashes) {
    const Join join = ends(id, number, "crashed");
    frame(client, join.join_ref, join.join_ref, join.topic, "phx_error", reason("channel_crash"));
  }
}

Model::Outcome Model::does(int id, Join& join, const std::string& word, const Said* said) {
  Client& client = clients_.at(id);
  const std::string rest = word.substr(1);
  const auto answer = [&](Form form, const std::string& ref, const std::string& status,
                          const std::string& payload) {
    if (form == Form::json) {
      reply(client, join.channel_ref(), ref, join.topic, status, payload);
      return Outcome::goes_on;
    }
    const auto head = in_binary(join.channel_ref());
    const auto tail = in_binary(ref);
    if (client.wire == Wire::v1 || !head || !tail) return Outcome::crashes;
    sends(client, binary_frame('\1', {*head, *tail, join.topic, status}, payload));
    return Outcome::goes_on;
  };
  switch (word.front()) {
    case 'r':
      return answer(said->form, said->ref, "ok", said->payload);
    case 'e':
      return answer(said->form, said->ref, "error", said->payload);
    case 'R':
      return answer(Form::bytes, said->ref, "ok", "bytes");
    case 'k':
      join.kept_ref = said->ref;
      break;
    case 'l':
      return answer(Form::json, join.kept_ref, "ok", "{}");
    case 'p':
      frame(client, join.channel_ref(), null, join.topic, "told", "{\"n\":" + rest + "}");
      break;
    case 'b':
    case 'f':
      publishes(id, join.topic, std::stoi(rest), word.front() == 'b', Form::json);
      break;
    case 'B':
      publishes(id, join.topic, std::stoi(rest), true, Form::bytes);
      break;
    case 't':
      join.timers.push_back(
          {now_ + Time(std::stoi(rest)), ++ticks_, rest.substr(rest.find(':') + 1)});
      break;
    case 'u':
      if (!join.timers.empty()) join.timers.pop_back();
      break;
    case 's':
      return Outcome::stops;
    default:
      return Outcome::crashes;
  }
  return Outcome::goes_on;
}

void Model::publishes(int id, const std::string& topic, int number, bool comes_back, Form form) {
  clients_.at(id).steps.push_back({Step::Kind::publishes, topic, number, ++ticks_});
  broadcasts_.push_back({number, topic, id, comes_back, form, ticks_});
}

Model::Join Model::ends(int id, int number, const std::string& why) {
  Client& client = clients_.at(id);
  const auto at = std::find_if(client.joins.begin(), client.joins.end(),
                               [&](const Join& join) { return join.number == number; });
  Join join = *at;
  client.joins.erase(at);
  client.steps.push_back({Step::Kind::leaves, join.topic, number, ++ticks_});
  ended_.push_back({number, why});
  const int farewell = plans_.at(static_cast<std::size_t>(number)).farewell;
  if (farewell != 0) publishes(id, join.topic, farewell, true, Form::json);
  return join;
}

// --- Sockets and time

void Model::closes(int id, std::optional<std::uint16_t> code) {
  Client& client = clients_.at(id);
  if (!client.open) return;
  client.open = false;
  client.code = code;
  std::erase_if(client.joins, [](const Join& join) { return !join.joined; });
  while (!client.joins.empty()) ends(id, client.joins.front().number, "disconnected");
}

void Model::passes(Time time) {
  now_ += time;
  for (auto& [id, client] : clients_) {
    struct Due {
      Time when;
      unsigned order;
      int join;
      std::optional<std::string> words;  // none: the hook's time is over
    };
    std::vector<Due> due;
    for (const Join& join : client.joins) {
      if (!join.joined) due.push_back({join.deadline, join.order, join.number, std::nullopt});
      for (const Timer& timer : join.timers)
        due.push_back({timer.due, timer.order, join.number, timer.words});
    }
    std::erase_if(due, [&](const Due& one) { return one.when > now_; });
    std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) {
      return std::pair(a.when, a.order) < std::pair(b.when, b.order);
    });
    for (const Due& one : due) {
      if (!one.words) {
        decides(id, one.join, reason("authorization_timeout"));
      } else if (Join* const join = find(client, one.join)) {
        std::erase_if(join->timers, [&](const Timer& timer) { return timer.order == one.order; });
        runs(id, one.join, *one.words);
      }
    }
  }
}

// --- The small parts

Model::Join* Model::find(Client& client, const std::string& topic) {
  for (Join& join : client.joins)
    if (join.topic == topic) return &join;
  return nullptr;
}

Model::Join* Model::find(Client& client, int number) {
  for (Join& join : client.joins)
    if (join.number == number) return &join;
  return nullptr;
}

bool Model::is_waiting(int client, int number) const {
  const std::vector<Join>& joins = clients_.at(client).joins;
  return std::any_of(joins.begin(), joins.end(),
                     [&](const Join& join) { return join.number == number && !join.joined; });
}

std::optional<std::string> Model::join_ref(int client, const std::string& topic) const {
  for (const Join& join : clients_.at(client).joins)
    if (join.topic == topic) return join.join_ref;
  return std::nullopt;
}

std::size_t Model::members() const {
  std::size_t sum = 0;
  for (const auto& [id, client] : clients_)
    sum += static_cast<std::size_t>(std::count_if(client.joins.begin(), client.joins.end(),
                                                  [](const Join& join) { return join.joined; }));
  return sum;
}

void Model::sends(Client& client, std::string frame) {
  client.steps.push_back({Step::Kind::frame, std::move(frame)});
}

void Model::frame(Client& client, const std::string& join_ref, const std::string& ref,
                  const std::string& topic, const std::string& event, const std::string& payload) {
  sends(client, text_frame(client.wire, join_ref, ref, topic, event, payload));
}

void Model::reply(Client& client, const std::string& join_ref, const std::string& ref,
                  const std::string& topic, const std::string& status,
                  const std::string& response) {
  frame(client, join_ref, ref, topic, "phx_reply",
        "{\"status\":\"" + status + "\",\"response\":" + response + "}");
}

void Model::unmatched(Client& client, const std::string& ref, const std::string& topic) {
  reply(client, null, ref, topic, "error", reason("unmatched topic"));
}

std::string Model::close_frame(const Client& client, const Join& join) const {
  return text_frame(client.wire, join.join_ref, join.join_ref, join.topic, "phx_close", "{}");
}

}  // namespace roost::model
