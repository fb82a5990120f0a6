#include "channel/json_fields.hpp"

namespace roost::channel {

namespace {
constexpr std::string_view json_space = " \t\r\n";

bool is_object(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(json_space);
  return begin != text.npos && text[begin] == '{';
}
}  // namespace

std::string_view fields_of(std::string_view object) {
  const std::size_t begin = object.find('{') + 1;
  const std::string_view inner = object.substr(begin, object.find_last_of('}') - begin);
  const std::size_t first = inner.find_first_not_of(json_space);
  if (first == inner.npos) return {};
  return inner.substr(first, inner.find_last_not_of(json_space) - first + 1);
}

std::string with_fields(std::string_view object, std::string_view fields) {
  std::string result = "{";
  if (is_object(object))
    result += fields_of(object);
  else
    result.append(R"("response":)").append(object);
  if (result.size() > 1 && !fields.empty()) result += ',';
  return result.append(fields) + "}";
}

}  // namespace roost::channel
