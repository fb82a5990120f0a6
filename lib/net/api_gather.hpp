// How the server API asks all threads for a request that waits.
#pragma once

#include <memory>
#include <utility>

#include "net/api_routes.hpp"
#include "net/gather.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

/// `then(request, parts)`, unless the client goes before; one that waits for a
/// thread that is stuck is told so.
template <class Ask, class Then>
void gather_for(ApiRequest&& request, Ask ask, Then then) {
  using Parts = std::vector<std::invoke_result_t<Ask, IoThread&>>;
  const auto kept = std::make_shared<const ApiRequest>(std::move(request));
  IoThread& thread = kept->thread;
  const auto stop = gather(thread, thread.settings().api_timeout, std::move(ask),
                           [kept, then = std::move(then)](std::optional<Parts> parts) {
                             if (parts) return then(*kept, *std::move(parts));
                             HttpAnswer answer =
                                 api_refusal(http_status::unavailable, "timeout",
                                             "a thread of the server did not answer in time");
                             answer.headers.emplace_back("retry-after", "1");
                             kept->answer(std::move(answer));
                           });
  thread.exchanges().on_gone(kept->ticket, stop);
}

}  // namespace roost::net
