// Result<T>: a value or the reason why there is none. Errors that a peer or a
// file can cause are values; exceptions are for start-up, user code and bugs.
#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace roost {

struct Error {
  std::string message;  ///< what, where, and what to do; for people
};

/// T, or an E that says why not.
template <class T, class E = Error>
using Result = boost::system::result<T, E>;

}  // namespace roost
