// Tells a service manager that started this program how it is (sd_notify(3)).
#pragma once

#include <string_view>

namespace roost::tools {

/// `state` such as "READY=1". Does nothing where no service manager asked
/// ($NOTIFY_SOCKET); one that has gone is not waited for.
void notify_service_manager(std::string_view state);

}  // namespace roost::tools
