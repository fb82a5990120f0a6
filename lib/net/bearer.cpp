#include "net/bearer.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace roost::net {
namespace {

constexpr std::string_view bearer_scheme = "bearer ";

bool is_bearer_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view value) {
  if (!ascii::starts_without_case(value, bearer_scheme)) return std::nullopt;
  value.remove_prefix(bearer_scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  const auto characters_end = std::find_if_not(value.begin(), value.end(), is_bearer_character);
  if (characters_end == value.begin() ||
      std::find_if(characters_end, value.end(), [](char c) { return c != '='; }) != value.end())
    return std::nullopt;
  return value;
}

}  // namespace roost::net
