// What pages of other origins are told (the Fetch standard's CORS protocol). Which
// origins may ask at all is the OriginPolicy's to say, before any of this.
#pragma once

#include <string_view>

#include "net/http_message.hpp"

namespace roost::net {

/// The answer to a preflight: its Origin has been checked, so the page may go on.
HttpAnswer cors_preflight(const HttpRequest& request, std::string_view methods);

/// Whether it was a page that asked: then it is let read the answer.
class PageReader {
 public:
  explicit PageReader(const HttpRequest& request) : asked_(request.header("origin")) {}
  HttpAnswer operator()(HttpAnswer answer) const;

 private:
  bool asked_;
};

}  // namespace roost::net
