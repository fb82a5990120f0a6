// A plugin that does what the topic says, well or badly; and, by its macros, one
// that is wrong from the start.
#include <roost/plugin.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION ROOST_PLUGIN_VERSION
#endif
#ifndef PLUGIN_FLAGS
#define PLUGIN_FLAGS 0
#endif
#ifndef PLUGIN_ASK
#define PLUGIN_ASK ask
#endif
#ifndef PLUGIN_ENTRY
#define PLUGIN_ENTRY roost_plugin_entry
#endif

namespace {

struct Instance {
  const roost_host* host;
  std::thread::id thread = std::this_thread::get_id();
  std::atomic<int> cancelled{0};
  std::atomic<int>* freed = nullptr;
  std::mutex mutex;
  std::vector<std::thread> threads;
  std::vector<std::uint64_t> kept;

  void answer(std::uint64_t question, const std::string& json) const {
    host->answer(host, question, json.data(), json.size());
  }
};

constexpr const char* yes = R"({"allow":true})";

std::string count(int number) {
  return R"({"allow":true,"response":{"n":)" + std::to_string(number) + "}}";
}

/// `config`: `throw`, `fail`, `fail: why`, or `freed: <address of a std::atomic<int>>`.
void* init(const roost_host* host, const char* config, char* error, std::size_t error_bytes) {
  const std::string_view text = config;
  if (text == "throw") throw std::runtime_error("no");
  if (text.starts_with("fail")) {
    if (text.size() > 6) std::snprintf(error, error_bytes, "%s", config + 6);
    return nullptr;
  }
  auto* const instance = new Instance{.host = host};
  if (text.starts_with("freed: "))
    instance->freed = reinterpret_cast<std::atomic<int>*>(std::strtoull(config + 7, nullptr, 10));
  return instance;
}

void free_instance(void* self) {
  auto* const instance = static_cast<Instance*>(self);
  for (std::thread& thread : instance->threads) thread.join();
  // Who is kept until then is answered at the last moment.
  for (const std::uint64_t question : instance->kept) instance->answer(question, yes);
  if (instance->freed != nullptr) ++*instance->freed;
  delete instance;
}

[[maybe_unused]] void ask(void* self, std::uint64_t question, const char* text, std::size_t size) {
  Instance& instance = *static_cast<Instance*>(self);
  const std::string json(text, size);
  const auto topic_is = [&](const std::string& topic) {
    return json.find(R"("topic":"room:)" + topic + '"') != std::string::npos;
  };
  const std::lock_guard lock(instance.mutex);
  if (topic_is("twice")) {
    instance.answer(question, yes);
    instance.answer(question, R"({"allow":false})");
    for (const std::uint64_t never : {std::uint64_t{0}, question + 1, ~std::uint64_t{0}})
      instance.answer(never, R"({"allow":false})");
  } else if (topic_is("later")) {
    instance.threads.emplace_back([&instance, question] { instance.answer(question, yes); });
  } else if (topic_is("at_free")) {
    instance.kept.push_back(question);
  } else if (topic_is("never")) {
  } else if (topic_is("broken")) {
    instance.answer(question, "{\"allow\":");
  } else if (topic_is("nothing")) {
    instance.host->answer(instance.host, question, nullptr, 0);
  } else if (topic_is("throws")) {
    throw std::runtime_error("no");
  } else if (topic_is("wanted")) {
    const int before = instance.host->is_wanted(instance.host, question);
    const int other = instance.host->is_wanted(instance.host, question + 1);
    instance.answer(question, count(10 * before + other));
  } else if (topic_is("cancelled")) {
    instance.answer(question, count(instance.cancelled));
  } else if (topic_is("thread")) {
    instance.answer(question, count(instance.thread == std::this_thread::get_id() ? 1 : 0));
  } else {
    instance.answer(question, R"({"allow":false,"reason":"not_here"})");
  }
}

void cancelled(void* self, std::uint64_t) {
  ++static_cast<Instance*>(self)->cancelled;
}

constexpr roost_plugin plugin = {PLUGIN_VERSION, PLUGIN_FLAGS, init,
                                 free_instance,  PLUGIN_ASK,   cancelled};

}  // namespace

extern "C" const roost_plugin* PLUGIN_ENTRY() {
#ifdef PLUGIN_GIVES_NOTHING
  return nullptr;
#else
  return &plugin;
#endif
}
