#include "net/http_message.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace roost::net {
std::vector<std::string_view> list_elements(std::string_view list) {
  std::vector<std::string_view> elements;
  while (true) {
    const std::size_t comma = list.find(',');
    if (const auto one = ascii::trim(list.substr(0, comma)); !one.empty()) elements.push_back(one);
    if (comma == list.npos) return elements;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::string> joined_fields(std::span<const HeaderField> fields,
                                         std::string_view lower_case) {
  std::optional<std::string> list;
  for (const HeaderField& field : fields) {
    if (!field.is_named(lower_case)) continue;
    if (list)
      list->append(", ").append(field.value);
    else
      list = field.value;
  }
  return list;
}

bool HeaderField::is_named(std::string_view lower_case) const {
  return ascii::equal_without_case(name, lower_case);
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (field.is_named(name)) return ascii::trim(field.value);
  }
  return std::nullopt;
}

KeptRequest::KeptRequest(const HttpRequest& request) : head_(request) {
  head_.body.clear();
  std::size_t bytes =
      request.method.size() + request.path.size() + request.query.size() + request.peer.size();
  for (const HeaderField& field : request.headers) bytes += field.name.size() + field.value.size();
  text_.reserve(bytes);  // views into it hold
  const auto keep = [this](std::string_view part) {
    const std::size_t at = text_.size();
    text_ += part;
    return std::string_view(text_).substr(at);
  };
  head_.method = keep(request.method);
  head_.path = keep(request.path);
  head_.query = keep(request.query);
  head_.peer = keep(request.peer);
  for (const HeaderField& field : request.headers)
    headers_.push_back({keep(field.name), keep(field.value)});
  head_.headers = headers_;
}

HttpAnswer HttpAnswer::of(unsigned status, std::string_view content_type, std::string body) {
  return {status, {{"content-type", std::string(content_type)}}, std::move(body)};
}

}  // namespace roost::net
