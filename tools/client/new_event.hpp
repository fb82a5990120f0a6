// A CloudEvent out of what a person gives on the command line.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roost::client {

struct NewEvent {
  enum class Data { none, json, text, bytes };

  std::string id;
  std::string source;
  std::string type;
  std::optional<std::string> subject;
  std::optional<std::string> time;
  std::optional<std::string> content_type;
  std::vector<std::pair<std::string, std::string>> extensions;
  Data kind = Data::none;
  std::string data;

  /// The event in JSON. Text is UTF-8; nothing is judged but that.
  std::string to_json() const;
};

/// RFC 9562 5.4 (version 4), from 16 random bytes.
std::string uuid_of(std::string_view random);

}  // namespace roost::client
