#include "client/new_event.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/json_scan.hpp"

namespace roost::client {
namespace {

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// What is a boolean or an integer in JSON stays one: CloudEvents has both as types.
std::string extension_value(const std::string& text) {
  const bool is_number =
      !text.empty() && text.size() <= 11 &&
      text.find_first_not_of("0123456789", text.front() == '-' ? 1 : 0) == text.npos &&
      json::is_json(text, 1);
  return text == "true" || text == "false" || is_number ? text : json::quoted(text);
}

}  // namespace

std::string NewEvent::to_json() const {
  std::string out = fmt::format(R"({{"specversion":"1.0","id":{},"source":{},"type":{})",
                                json::quoted(id), json::quoted(source), json::quoted(type));
  const auto add = [&](std::string_view name, std::string_view value) {
    out.append(",").append(json::quoted(name)).append(":").append(value);
  };
  if (subject) add("subject", json::quoted(*subject));
  if (time) add("time", json::quoted(*time));
  if (content_type) add("datacontenttype", json::quoted(*content_type));
  for (const auto& [name, value] : extensions) add(name, extension_value(value));
  switch (kind) {
    case Data::none:
      break;
    case Data::json:
      add("data", data);
      break;
    case Data::text:
      add("data", json::quoted(data));
      break;
    case Data::bytes:
      add("data_base64", json::quoted(base64(data)));
      break;
  }
  return out + "}";
}

std::string uuid_of(std::string_view random) {
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    auto byte = static_cast<unsigned char>(random[i]);
    if (i == 6) byte = static_cast<unsigned char>((byte & 0x0f) | 0x40);
    if (i == 8) byte = static_cast<unsigned char>((byte & 0x3f) | 0x80);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

}  // namespace roost::client
