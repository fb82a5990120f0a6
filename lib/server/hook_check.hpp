// What a start would say about the hooks and the certificate that a configuration
// names, and the files that they are made from: `roost check-config`.
#pragma once

#include <roost/config.hpp>

#include "base/log.hpp"

namespace roost::server {

/// Makes the hooks, and drops them again. Errors: each that cannot be made, of the
/// first kind of entries that has some, with file and line.
ConfigErrors check_hooks(const Config& config, Log& log);

/// Likewise of the certificate and its key.
ConfigErrors check_tls(const Config& config);

/// Likewise of the data schemas.
ConfigErrors check_data_schemas(const Config& config);

/// And of the files that hold keys of the server API.
ConfigErrors check_api_key_files(const Config& config);

}  // namespace roost::server
