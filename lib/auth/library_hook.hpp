// The kind of hook `library`: a shared library of somebody else's, behind
// <roost/plugin.h>.
//
//   [[authorize_join]]
//   topic = "room:*"
//   hook = "library"
//   library = "rules.so"
#pragma once

#include "auth/hook.hpp"

namespace roost::auth {

extern const HookKind library_kind;

}  // namespace roost::auth
