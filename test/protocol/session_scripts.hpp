// The rules of Session as scripts; session_player.hpp says how to read them.
#pragma once

#include <ostream>
#include <vector>

namespace roost::protocol {

struct Script {
  const char* name;
  const char* text;
};

inline void PrintTo(const Script& script, std::ostream* out) {
  *out << script.name;
}

std::vector<Script> session_scripts();

}  // namespace roost::protocol
