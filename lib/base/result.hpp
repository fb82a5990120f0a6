// Result<T>: a value or the reason why there is none. Errors that a peer or a
// file can cause are values; exceptions are for start-up, user code and bugs.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace roost {

struct Error {
  std::string message;  ///< what, where, and what to do; for people
};

/// What value() of a Result without one throws.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::runtime_error(error.message);
}

/// T, or an E that says why not.
template <class T, class E = Error>
using Result = boost::system::result<T, E>;

}  // namespace roost
