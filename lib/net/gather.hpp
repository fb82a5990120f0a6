// gather: one question to every thread, and their answers together on the thread
// that asked. Nobody waits: each thread answers from its mailbox, and one that
// does not in time makes the whole no answer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/io_thread.hpp"

namespace roost::net {

/// Ends the asking: nobody is told anything any more. On the thread that asked.
using StopGathering = std::function<void()>;

/// `ask` is called on every thread, at the same time on several. `then` is called
/// once, on this thread: with what each said, by the threads' indices; with nothing
/// where that has not come within `time`. It may be called before this returns.
template <class Ask>
auto gather(
    IoThread& here, std::chrono::milliseconds time, Ask ask,
    std::function<void(std::optional<std::vector<std::invoke_result_t<Ask, IoThread&>>>)> then)
    -> StopGathering {
  using Part = std::invoke_result_t<Ask, IoThread&>;
  struct State {
    std::vector<Part> parts;
    std::size_t awaited = 0;
    channel::Timers::Id timer = 0;
    std::function<void(std::optional<std::vector<Part>>)> then;
    std::atomic<bool> wanted{true};  // read by other threads
  };
  const auto state = std::make_shared<State>();
  const auto end = [&here](State& one) {
    one.wanted = false;
    if (one.timer != 0) here.shard().timers().cancel(std::exchange(one.timer, 0));
    return std::exchange(one.then, {});
  };
  const std::size_t threads = here.thread_count();
  state->parts.resize(threads);
  state->awaited = threads;
  state->then = std::move(then);
  state->timer = here.shard().timers().at(here.shard().now() + time, [state, end] {
    state->timer = 0;
    if (const auto tell = end(*state)) tell(std::nullopt);
  });
  const channel::ShardIndex self = here.index();
  for (std::size_t i = 0; i < threads; ++i) {
    const auto index = static_cast<channel::ShardIndex>(i);
    here.on_thread(index, [state, end, ask, self, index](IoThread& there) {
      if (!state->wanted) return;
      const auto part = std::make_shared<Part>(ask(there));
      there.on_thread(self, [state, end, part, index](IoThread&) {
        if (!state->wanted) return;
        state->parts[index] = std::move(*part);
        if (--state->awaited > 0) return;
        auto parts = std::move(state->parts);
        if (const auto tell = end(*state)) tell(std::move(parts));
      });
    });
  }
  return [state, end] { end(*state); };
}

}  // namespace roost::net
