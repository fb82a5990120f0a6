#include "net/health_check.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <string>
#include <utility>

#include "net/http_status.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

void HealthCheck::ask(HttpTicket ticket) {
  tickets_.push_back(ticket);
  if (tickets_.size() > 1) return;
  const std::uint64_t round = ++round_;
  silent_.resize(thread_.thread_count());
  for (std::size_t i = 0; i < silent_.size(); ++i) silent_[i] = static_cast<channel::ShardIndex>(i);
  channel::Timers& timers = thread_.shard().timers();
  deadline_ = timers.at(thread_.shard().now() + limits::health_wait, [this] {
    deadline_ = 0;
    answer();
  });
  const std::vector<channel::ShardIndex> asked = silent_;
  for (const channel::ShardIndex index : asked)
    thread_.on_thread(index, [asker = ticket.thread, round, index](IoThread& thread) {
      thread.on_thread(asker, [round, index](IoThread& own) { own.health().heard(round, index); });
    });
}

void HealthCheck::heard(std::uint64_t round, channel::ShardIndex index) {
  if (round != round_ || tickets_.empty()) return;
  std::erase(silent_, index);
  if (silent_.empty()) answer();
}

void HealthCheck::answer() {
  if (deadline_ != 0) thread_.shard().timers().cancel(std::exchange(deadline_, 0));
  HttpAnswer answer = HttpAnswer::of(http_status::ok, "text/plain; charset=utf-8", "ok\n");
  if (!silent_.empty()) {
    answer.status = http_status::unavailable;
    answer.body = fmt::format("threads that do not answer: {}\n", fmt::join(silent_, " "));
    thread_.shard().log().error("health check failed",
                                {{"silent_threads", fmt::format("{}", fmt::join(silent_, " "))}});
  }
  answer.headers.emplace_back("cache-control", "no-store");
  for (const HttpTicket& ticket : std::exchange(tickets_, {})) thread_.answer(ticket, answer);
}

}  // namespace roost::net
