#include "auth/library_hook.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <array>
#include <memory>
#include <utility>

#include "auth/hook_json.hpp"
#include "auth/library.hpp"
#include "auth/pending_questions.hpp"

namespace roost::auth {

namespace {

// Places that each question looks at for others that nobody waits for any more.
constexpr std::size_t looks_per_question = 4;

class LibraryHook final : public Hook, public std::enable_shared_from_this<LibraryHook> {
 public:
  LibraryHook(Library library, std::string name, std::size_t waiting_max,
              const HookServices& services)
      : library_(std::move(library)),
        name_(std::move(name)),
        log_(services.log),
        questions_(waiting_max) {}
  LibraryHook(const LibraryHook&) = delete;
  LibraryHook& operator=(const LibraryHook&) = delete;
  // free() may still use the host and have it answer; what then is pending is
  // denied as it goes.
  ~LibraryHook() override {
    if (instance_ != nullptr) plugin().free(instance_);
  }

  /// Before anything is asked.
  std::optional<Error> init(const std::string& config, const HookServices& services) {
    if ((plugin().flags & ROOST_PLUGIN_BLOCKS) != 0) {
      if (!services.blocking) return Error{name_ + " blocks, and there are no threads for that"};
      runner_ = &services.blocking();
    }
    std::array<char, limits::hook_text_bytes_max> error = {};
    try {
      instance_ = plugin().init(&host_, config.c_str(), error.data(), error.size());
    } catch (...) {
      return Error{name_ + ": init() threw an exception"};
    }
    if (instance_ != nullptr) return std::nullopt;
    error.back() = '\0';
    return Error{
        fmt::format("{}: {}", name_, error.front() == '\0' ? "init() failed" : error.data())};
  }

  std::optional<Decision> ask(const Question& question,
                              const channel::MakeAnswer& make_answer) override {
    take_unwanted(looks_per_question);
    const Answer answer = make_answer();
    auto number = questions_.add({answer, question.kind});
    if (!number) {
      take_unwanted(questions_.count_max());
      number = questions_.add({answer, question.kind});
    }
    if (!number) {
      answer(Decision::deny("unauthorized", fmt::format("{} has {} questions to answer", name_,
                                                        questions_.count_max())));
      return std::nullopt;
    }
    std::string json = question_to_json(question);
    if (runner_ == nullptr) {
      ask(*number, json);
      return std::nullopt;
    }
    auto call = [self = shared_from_this(), number = *number, json = std::move(json)] {
      if (self->questions_.is_wanted(number))
        self->ask(number, json);
      else
        self->questions_.take(number);
    };
    if (runner_->run(std::move(call)) == BlockingRunner::Taken::full)
      deny(*number, "too many calls of blocking hooks wait");
    return std::nullopt;
  }

 private:
  struct Host : roost_host {
    LibraryHook* hook;
  };

  const roost_plugin& plugin() const { return library_.plugin(); }

  void take_unwanted(std::size_t places) {
    questions_.take_unwanted(places, [this](std::uint64_t number) {
      if (plugin().cancelled != nullptr) plugin().cancelled(instance_, number);
    });
  }

  void ask(std::uint64_t number, const std::string& json) {
    try {
      plugin().ask(instance_, number, json.data(), json.size());
    } catch (...) {
      // It should be C, but a wrapper that forgets so need not end the server.
      deny(number, "it threw an exception");
    }
  }

  void deny(std::uint64_t number, const std::string& why) {
    const auto pending = questions_.take(number);
    if (!pending) return;
    log_.error("library hook failed", {{"library", name_}, {"error", why}});
    pending->answer(Decision::deny("unauthorized", why));
  }

  void take_answer(std::uint64_t number, std::string_view json) {
    const auto pending = questions_.take(number);
    if (!pending) return;
    auto decision = decision_from_json(json, pending->kind);
    if (decision) return pending->answer(*std::move(decision));
    log_.error("library hook failed", {{"library", name_}, {"error", decision.error().message}});
    pending->answer(Decision::deny("unauthorized", decision.error().message));
  }

  // What the library calls. It is C: no exception may pass.
  static void on_answer(const roost_host* host, std::uint64_t number, const char* json,
                        std::size_t json_bytes) noexcept {
    LibraryHook& self = *static_cast<const Host*>(host)->hook;
    self.take_answer(number,
                     json == nullptr ? std::string_view() : std::string_view(json, json_bytes));
  }
  static int on_is_wanted(const roost_host* host, std::uint64_t number) noexcept {
    return static_cast<const Host*>(host)->hook->questions_.is_wanted(number) ? 1 : 0;
  }

  Library library_;
  std::string name_;
  Log& log_;
  BlockingRunner* runner_ = nullptr;  // null: ask() returns at once
  PendingQuestions questions_;
  Host host_{{ROOST_PLUGIN_VERSION, on_answer, on_is_wanted}, this};
  void* instance_ = nullptr;
};

constexpr std::int64_t library_waiting_default = 1024;

constexpr std::array library_keys = {
    HookKey{"library", HookKey::Shape::text, HookKey::Presence::required,
            R"(the file of a shared library, such as "rules.so")"},
    HookKey{"config", HookKey::Shape::text, HookKey::Presence::optional, "a text for the library"},
    HookKey{"max_waiting", HookKey::Shape::number, HookKey::Presence::optional,
            "a number from 1 to 65536", 1, 65'536},
};

Result<std::shared_ptr<Hook>> make_library_hook(const AuthorizeRule& rule,
                                                const HookServices& services) {
  auto library = Library::load(file_option(rule, "library"));
  if (!library) return library.error();
  const auto waiting_max =
      static_cast<std::size_t>(option<std::int64_t>(rule, "max_waiting", library_waiting_default));
  auto hook = std::make_shared<LibraryHook>(
      *std::move(library), option<std::string>(rule, "library"), waiting_max, services);
  if (auto error = hook->init(option<std::string>(rule, "config"), services))
    return *std::move(error);
  return std::shared_ptr<Hook>(std::move(hook));
}

}  // namespace

const HookKind library_kind = {"library", library_keys, make_library_hook};

}  // namespace roost::auth
