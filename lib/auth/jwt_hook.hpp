// The hook of the kind "jwt": decides by a JSON Web Token, and says who it is.
//
// Where the token is from: `authToken` of phoenix.js (the connection's token);
// where `token_param` is set, a connect param of that name if there is none. In
// [[authorize_join]] `token_param` names a member of the join's payload, and only
// that counts.
#pragma once

#include "auth/hook.hpp"

namespace roost::auth {

extern const HookKind jwt_hook_kind;

}  // namespace roost::auth
