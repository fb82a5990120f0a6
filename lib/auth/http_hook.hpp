// The hook that asks an HTTP service: `hook = "http"`.
#pragma once

#include "auth/hook.hpp"

namespace roost::auth {

extern const HookKind http_hook_kind;

}  // namespace roost::auth
