#include "net/api_publish_body.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::net {

namespace {

/// Reads a body; the first fault ends the reading.
class PublishBodyReader {
 public:
  // An event has its levels inside of the body and of its list of events.
  explicit PublishBodyReader(std::string_view body) : scanner_(body, limits::json_levels_max + 2) {}

  Result<ApiPublishBody, ApiPublishFault> read() {
    if (!scanner_.enter_object()) return ApiPublishFault{"expected a JSON object"};
    json::Value name;
    while (fault_.empty() && scanner_.next_member(name)) read_member(text_of(name));
    if (fault_.empty() && (scanner_.failed() || !scanner_.finish()))
      fault_ = fmt::format("no JSON, or too many levels of it, at byte {}", scanner_.offset());
    if (fault_.empty()) check();
    if (!fault_.empty()) return ApiPublishFault{std::move(fault_), bad_event_};
    return std::move(body_);
  }

 private:
  void read_member(const std::string& name) {
    if (!names_.insert(name).second) {
      fault_ = fmt::format("{} is there twice", json::quoted(name));
    } else if (name == "topic") {
      add_topic(read_text("topic"));
    } else if (name == "user") {
      add_topic("events:user:" + read_text("user"));
    } else if (name == "topics") {
      read_topics();
    } else if (name == "event") {
      read_event();
    } else if (name == "events") {
      read_events();
    } else if (name == "exclude") {
      read_exclude();
    } else {
      fault_ = fmt::format("unknown member {}", json::quoted(name));
    }
  }

  void read_topics() {
    if (!scanner_.enter_array()) return expected("topics: a list of topics");
    while (fault_.empty() && scanner_.next_element()) {
      if (body_.topics.size() == limits::api_publish_topics_max)
        return expected(fmt::format("at most {} topics", limits::api_publish_topics_max));
      add_topic(read_text("topics"));
    }
  }

  void read_event() {
    json::Value value;
    if (scanner_.value(value))
      body_.events.push_back(value.raw);
    else
      bad_event_ = body_.events.size();
  }

  void read_events() {
    if (!scanner_.enter_array()) return expected("events: a list of events");
    while (fault_.empty() && scanner_.next_element()) {
      if (body_.events.size() == limits::api_publish_events_max)
        return expected(fmt::format("at most {} events", limits::api_publish_events_max));
      read_event();
    }
  }

  void read_exclude() {
    if (!scanner_.enter_object()) return expected("exclude: an object");
    json::Value value;
    while (fault_.empty() && scanner_.next_member(value)) {
      const std::string name = text_of(value);
      std::optional<std::string>* const place = name == "socket"   ? &body_.except_socket
                                                : name == "member" ? &body_.except_member
                                                : name == "user"   ? &body_.except_user
                                                                   : nullptr;
      if (place == nullptr || *place) return expected("exclude: socket, member or user");
      *place = read_text("exclude." + name);
    }
    if (fault_.empty() && !body_.except_socket && !body_.except_member && !body_.except_user)
      expected("exclude: socket, member or user");
  }

  void check() {
    const bool has_list = names_.contains("topics");
    if (has_list + names_.contains("topic") + names_.contains("user") != 1)
      return expected("one of topic, topics and user");
    if (names_.contains("event") + names_.contains("events") != 1)
      return expected("event or events");
    if (body_.topics.empty()) return expected("topics: at least one");
    if (body_.events.empty()) return expected("events: at least one");
    if (body_.except_socket.has_value() + body_.except_member.has_value() > 1)
      return expected("exclude: socket or member, not both");
  }

  std::string read_text(std::string_view name) {
    json::Value value;
    if (!scanner_.value(value)) return {};
    if (value.is_string()) return text_of(value);
    expected(fmt::format("{}: a text", name));
    return {};
  }

  void add_topic(std::string topic) {
    if (std::ranges::find(body_.topics, topic) == body_.topics.end())
      body_.topics.push_back(std::move(topic));
  }

  static std::string text_of(const json::Value& value) {
    std::string text;
    json::unescape(value.raw, text);
    return text;
  }

  void expected(std::string_view what) {
    if (fault_.empty()) fault_ = fmt::format("expected {}", what);
  }

  json::Scanner scanner_;
  ApiPublishBody body_;
  std::set<std::string> names_;
  std::string fault_;
  std::optional<std::size_t> bad_event_;
};

}  // namespace

Result<ApiPublishBody, ApiPublishFault> parse_publish_body(std::string_view body) {
  if (!is_utf8(body)) return ApiPublishFault{"expected UTF-8"};
  return PublishBodyReader(body).read();
}

}  // namespace roost::net
