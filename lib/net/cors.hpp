// What pages of other origins are told (the Fetch standard's CORS protocol). Which
// origins may ask at all is the OriginPolicy's to say, before any of this.
#pragma once

#include <string_view>

#include "net/http_message.hpp"

namespace roost::net {

/// The answer to a preflight: its Origin has been checked, so the page may go on.
HttpAnswer cors_preflight(const HttpRequest& request, std::string_view methods);

/// Lets the page read the answer, where it was a page that asked.
HttpAnswer readable_by_pages(HttpAnswer answer, const HttpRequest& request);

}  // namespace roost::net
