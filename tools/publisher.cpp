#include "publisher.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <roost/cloud_event.hpp>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iostream>
#include <optional>

#include "base/log_text.hpp"
#include "client/event_text.hpp"
#include "client/json_text.hpp"
#include "client_options.hpp"

namespace roost::tools {
namespace {

using Verdict = client::Answered::Verdict;

// While one publish is being authorized the server lets others wait: 256 of them,
// and twice socket.max_message_size, 2 MiB by default.
constexpr std::size_t window_events_max = 64;
constexpr std::size_t window_bytes = 1024 * 1024;

constexpr std::chrono::milliseconds progress_interval{200};

// A server that limits publishes says for how long, or counts by the second.
constexpr std::chrono::milliseconds limited_pause{1000};
constexpr std::chrono::milliseconds limited_pause_max{60'000};
// Pauses without an event accepted in between.
constexpr unsigned pauses_in_vain_max = 5;

/// How long to wait until an event may pass that was refused so; nothing where it never will.
std::optional<std::chrono::milliseconds> pause_of(std::string_view response) {
  const auto wait = client::raw_member(response, "retry_after_ms");
  if (!wait) {
    if (client::text_member(response, "reason") == "rate_limited") return limited_pause;
    return std::nullopt;
  }
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(wait->data(), wait->data() + wait->size(), ms);
  if (error != std::errc() || ms < 0 || ms > limited_pause_max.count()) return std::nullopt;
  return std::chrono::milliseconds(ms + 1);
}

constexpr std::string_view ansi_green = "\033[32m";
constexpr std::string_view ansi_red = "\033[31m";

std::string painted(std::string_view text, std::string_view colour) {
  return ::isatty(STDOUT_FILENO) ? fmt::format("{}{}\033[0m", colour, text) : std::string(text);
}

std::string safe_line(std::string_view text) {
  constexpr std::size_t bytes_max = 4096;
  std::string out;
  log_text::append_safe(out, text, bytes_max);
  return out;
}

}  // namespace

Result<std::string> read_file(const std::string& name) {
  auto source = PublishSource::open(name);
  if (source.has_error()) return source.error();
  std::string text;
  std::string piece(64 * 1024, '\0');
  while (const auto size = ::read(source->fd, piece.data(), piece.size())) {
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error{fmt::format("{} cannot be read: {}", name, std::strerror(errno))};
    text.append(piece, 0, static_cast<std::size_t>(size));
  }
  return {boost::system::in_place_value, std::move(text)};
}

PublishSource PublishSource::of_event(std::string event_json) {
  PublishSource source;
  source.event = std::move(event_json);
  return source;
}

Result<PublishSource> PublishSource::open(const std::string& file) {
  PublishSource source;
  source.name = file == "-" ? "stdin" : file;
  source.fd = file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (source.fd >= 0 && ::fstat(source.fd, &status) == 0 && S_ISDIR(status.st_mode))
    return Error{fmt::format("{} cannot be read: it is a folder", file)};
  if (source.fd < 0) return Error{fmt::format("{} cannot be read: {}", file, std::strerror(errno))};
  return source;
}

PublishSource::~PublishSource() {
  if (fd > STDIN_FILENO) ::close(fd);
}

Publisher::Publisher(PublisherOptions options, std::vector<PublishSource> sources,
                     client::Access access, client::Trust trust,
                     client::PhoenixClient::Options machine)
    : options_(options),
      sources_(std::make_move_iterator(sources.begin()), std::make_move_iterator(sources.end())),
      loop_(std::move(access), std::move(trust), std::move(machine), *this),
      progress_(loop_.io()),
      shows_progress_(!options.quiet && ::isatty(STDERR_FILENO) && !::isatty(STDOUT_FILENO)),
      pause_(loop_.io()),
      window_(window_events_max) {}

ExitCode Publisher::run() {
  show_progress();
  return sum_up(loop_.run());
}

void Publisher::joined(const client::Joined&) {
  fill();
}

void Publisher::lost(const client::Lost& lost) {
  complain_to_user(ExitCode::failure,
                   fmt::format("{}; trying again in {} ms", lost.why, lost.pause.count()));
}

void Publisher::ended() {
  progress_.cancel();
  pause_.cancel();
  if (input_) input_->cancel();
}

bool Publisher::has_room() const {
  const client::PhoenixClient& client = loop_.client();
  return client.unanswered() == 0 ||
         (client.unanswered() < window_ &&
          client.unanswered_bytes() + waiting_.front().event.bytes.size() <= window_bytes);
}

void Publisher::fill() {
  while (!loop_.client().has_ended()) {
    if (is_pausing_) return;
    if (!waiting_.empty()) {
      if (!has_room()) return;
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      send(std::move(next));
    } else if (is_asking_) {
      return;
    } else if (sources_.empty()) {
      if (loop_.client().unanswered() == 0) loop_.stop();
      return;
    } else if (sources_.front().fd < 0) {
      waiting_.push_back({{std::move(sources_.front().event), 0}, {}});
      sources_.pop_front();
    } else {
      if (!input_)
        input_ = std::make_unique<client::Input>(loop_.io(), sources_.front().fd,
                                                 [this](std::string_view piece) { came(piece); });
      is_asking_ = true;
      input_->ask();
    }
  }
}

void Publisher::came(std::string_view piece) {
  auto events = piece.empty() ? stream_.finish() : stream_.feed(piece);
  for (client::InputEvent& event : events)
    waiting_.push_back({std::move(event), sources_.front().name});
  if (!piece.empty()) {
    is_asking_ = false;
    return fill();
  }
  // Not from within the input's own call, which this is.
  boost::asio::post(loop_.io(), [this] {
    is_asking_ = false;
    input_.reset();
    sources_.pop_front();
    fill();
  });
}

void Publisher::send(Waiting waiting) {
  std::string& bytes = waiting.event.bytes;
  const roost::Verdict verdict = validate_cloud_event(bytes);
  const auto* const rejected = std::get_if<RejectedEvent>(&verdict);
  Sent sent{std::move(waiting.source), waiting.event.line, {}};
  if (rejected == nullptr)
    sent.id = std::get<AcceptedEvent>(verdict).id;
  else
    sent.id = rejected->id.value_or("");
  // Whatever else is wrong the server says; this would end the connection.
  if (rejected != nullptr && rejected->reason == "invalid_cloudevent_format")
    return refused(sent, "refused", rejected->to_json());
  sent_.emplace(loop_.push(std::move(bytes)), std::move(sent));
}

void Publisher::answered(const client::Answered& answered) {
  const auto found = sent_.extract(answered.push);
  const Sent& sent = found.mapped();
  switch (answered.verdict) {
    case Verdict::ok:
      accepted(sent, answered.response);
      break;
    case Verdict::refused:
      if (!holds_back(answered, sent)) refused(sent, "refused", answered.response);
      break;
    case Verdict::unanswered:
      refused(sent, "unanswered",
              R"({"reason":"unanswered","message":"sent again and again, and never answered"})");
      break;
    case Verdict::too_large:
      refused(
          sent, "refused",
          R"({"reason":"too_large","message":"longer than the server's socket.max_message_size"})");
      break;
  }
  fill();
}

bool Publisher::holds_back(const client::Answered& answered, const Sent& sent) {
  const auto time = pause_of(answered.response);
  if (!time || pauses_in_vain_ >= pauses_in_vain_max) return false;
  held_.push_back({{answered.payload, sent.line}, sent.source});
  // One at a time keeps their order, and goes as fast as the limit lets it.
  window_ = 1;
  if (!is_pausing_) pause(*time);
  return true;
}

void Publisher::pause(std::chrono::milliseconds time) {
  is_pausing_ = true;
  ++pauses_in_vain_;
  pause_.expires_after(time);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_pausing_ = false;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(held_.begin()),
                    std::make_move_iterator(held_.end()));
    held_.clear();
    fill();
  });
}

std::string Publisher::Sent::to_json() const {
  std::string json;
  if (!source.empty())
    json = fmt::format(R"("file":{},"line":{},)", client::in_quotes(source), line);
  return json + fmt::format(R"("id":{})", client::in_quotes(id));
}

std::string Publisher::Sent::to_text() const {
  return source.empty() ? std::string() : fmt::format("{}:{}: ", safe_line(source), line);
}

void Publisher::accepted(const Sent& sent, const std::string& response) {
  const bool is_duplicate = client::raw_member(response, "duplicate") == "true";
  ++accepted_;
  pauses_in_vain_ = 0;
  if (is_duplicate) ++duplicates_;
  if (options_.quiet) return;
  const auto offset = client::raw_member(response, "offset");
  const auto epoch = client::raw_member(response, "epoch");
  if (options_.json) {
    std::string line = fmt::format(R"({{{},"verdict":"ok")", sent.to_json());
    if (is_duplicate) line += R"(,"duplicate":true)";
    if (epoch && offset) line += fmt::format(R"(,"epoch":{},"offset":{})", *epoch, *offset);
    return print(line + "}");
  }
  print(fmt::format("{}{} id={}{}", sent.to_text(),
                    painted(is_duplicate ? "duplicate" : "ok", ansi_green), client::shown(sent.id),
                    offset ? " offset=" + safe_line(*offset) : ""));
}

void Publisher::refused(const Sent& sent, std::string_view verdict, const std::string& error_json) {
  ++refused_;
  const std::string reason = client::text_member(error_json, "reason").value_or(error_json);
  const auto message = client::text_member(error_json, "message");
  const std::string text =
      fmt::format("{}: {} id={}", safe_line(reason),
                  safe_line(message.value_or("refused by the server")), client::shown(sent.id));
  if (options_.json) {
    clear_progress();
    std::cerr << fmt::format("roost: {}{}\n", sent.to_text(), text);
    print(fmt::format(R"({{{},"verdict":"{}","error":{}}})", sent.to_json(), verdict,
                      client::to_line(error_json)));
  } else {
    print(sent.to_text() + painted(text, ansi_red));
  }
}

void Publisher::print(const std::string& line) {
  // The events go on where nobody reads of them.
  write_out(line + "\n");
}

void Publisher::clear_progress() const {
  if (shows_progress_) std::cerr << "\r\033[K";
}

void Publisher::show_progress() {
  if (!shows_progress_) return;
  progress_.expires_after(progress_interval);
  progress_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    std::cerr << fmt::format("\r{} accepted, {} refused, {} on their way\033[K", accepted_,
                             refused_, loop_.client().unanswered());
    show_progress();
  });
}

ExitCode Publisher::sum_up(const std::string& why) {
  clear_progress();
  const std::size_t unanswered = sent_.size() + held_.size();
  const bool is_interrupted = !is_done() && why.empty();
  if (!why.empty()) complain_to_user(ExitCode::failure, why);
  if (is_interrupted) complain_to_user(ExitCode::failure, "interrupted");
  const std::uint64_t events = accepted_ + refused_ + unanswered;
  if (events != 1 && !options_.quiet)
    std::cerr << fmt::format(
        "roost: {} events: {} accepted ({} duplicates), {} refused, {} "
        "without an answer\n",
        events, accepted_, duplicates_, refused_, unanswered);
  else if (unanswered > 0)
    std::cerr << fmt::format("roost: {} without an answer\n", unanswered);
  return why.empty() && is_done() && refused_ == 0 ? ExitCode::success : ExitCode::failure;
}

bool Publisher::is_done() const {
  return sources_.empty() && waiting_.empty() && held_.empty() && sent_.empty();
}

}  // namespace roost::tools
