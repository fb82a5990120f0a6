#include "net/topic_path.hpp"

#include <algorithm>

#include "base/percent.hpp"
#include "base/utf8.hpp"

namespace roost::net {

std::optional<TopicPath> topic_path(std::string_view path) {
  constexpr std::string_view prefix = "/api/topics/";
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  auto topic = percent_decoded(path.substr(0, slash), StrayPercent::refused);
  if (!topic || topic->empty() || !is_utf8(*topic)) return std::nullopt;
  return TopicPath{*std::move(topic), path.substr(std::min(slash + 1, path.size()))};
}

}  // namespace roost::net
