// Any bytes as the Cache-Control of a service, and as the URL and headers of a
// configuration: what is taken cannot break a request.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/cache_control.hpp"
#include "auth/http_headers.hpp"
#include "auth/http_url.hpp"

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

bool fits_a_line(std::string_view text) {
  for (const char c : text)
    if ((c < ' ' && c != '\t') || c > '~') return false;
  return true;
}

void check_url(std::string_view bytes) {
  const auto url = roost::auth::HttpUrl::parse(bytes);
  if (!url) return demand(!url.error().message.empty());
  demand(!url->host.empty() && !url->port.empty() && url->target.starts_with('/'));
  for (const std::string* part : {&url->host, &url->port, &url->authority, &url->target})
    demand(fits_a_line(*part) && part->find(' ') == std::string::npos);
  demand(url->authority.find('@') == std::string::npos);
  demand(url->shown().find('?') == std::string::npos);
  demand(roost::auth::HttpUrl::parse(url->shown()).has_value());
}

void check_header(const std::string& line) {
  const auto headers = roost::auth::parse_http_headers({line});
  if (!headers) return demand(!headers.error().message.empty());
  for (const auto& [name, value] : *headers)
    demand(!name.empty() && fits_a_line(name) && fits_a_line(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto age = roost::auth::max_age_of(text);
  demand(age >= std::chrono::seconds(0) && age <= std::chrono::seconds(1LL << 31));
  check_url(text);
  check_header(text);
  return 0;
}
