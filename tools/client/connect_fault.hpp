// What to tell a person when a server cannot be reached: what happened, and what
// to do next.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

#include "client/address.hpp"

namespace roost::client {

enum class Step : std::uint8_t { resolve, connect, tls, http };

std::string connect_fault(Step step, const boost::system::error_code& error,
                          const Address& address);

/// The server answered the upgrade request with something else than 101.
std::string upgrade_fault(unsigned status, const Address& address);

}  // namespace roost::client
