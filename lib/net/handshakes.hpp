// Handshakes: the TLS handshakes of one thread that are on their way. When there
// are too many the oldest makes room: clients that never end theirs keep nobody
// out, and hold no more memory than that.
#pragma once

#include <roost/limits.hpp>

#include <list>

namespace roost::net {

class HttpSession;

class Handshakes {
 public:
  using Place = std::list<HttpSession*>::iterator;

  Place begin(HttpSession& session) { return list_.insert(list_.end(), &session); }
  void end(Place place) { list_.erase(place); }
  /// The one that must go; null while there is room for all.
  HttpSession* surplus() const {
    return list_.size() > limits::tls_handshakes_max ? list_.front() : nullptr;
  }

 private:
  std::list<HttpSession*> list_;
};

}  // namespace roost::net
