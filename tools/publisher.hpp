// Publisher: brings events from files and pipes to a topic, so many at a time, and
// prints a verdict on each.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/event_stream.hpp"
#include "client/input.hpp"
#include "client/loop.hpp"
#include "commands.hpp"

namespace roost::tools {

struct PublisherOptions {
  bool json = false;
  bool quiet = false;
};

/// A whole file.
Result<std::string> read_file(const std::string& name);

/// Where events come from. Owns its descriptor, but for standard input's.
class PublishSource {
 public:
  static PublishSource of_event(std::string event_json);
  /// `-` is standard input.
  static Result<PublishSource> open(const std::string& file);

  PublishSource(PublishSource&& other) noexcept
      : name(std::move(other.name)),
        event(std::move(other.event)),
        fd(std::exchange(other.fd, -1)) {}
  PublishSource& operator=(PublishSource&&) = delete;
  ~PublishSource();

  std::string name;   ///< empty: the one event
  std::string event;  ///< that one
  int fd = -1;

 private:
  PublishSource() = default;
};

class Publisher final : private client::Loop::Listener {
 public:
  Publisher(PublisherOptions options, std::vector<PublishSource> sources, client::Access access,
            client::Trust trust, client::PhoenixClient::Options machine);

  ExitCode run();

 private:
  struct Waiting {
    client::InputEvent event;
    std::string source;
  };
  /// An event on its way, for its verdict.
  struct Sent {
    std::string source;  ///< empty: the one event
    int line;
    std::string id;

    std::string to_json() const;
    std::string to_text() const;
  };

  void joined(const client::Joined& joined) override;
  void answered(const client::Answered& answered) override;
  void lost(const client::Lost& lost) override;
  void ended() override;

  /// Sends what the window has room for, reads on, or ends.
  void fill();
  bool has_room() const;
  void came(std::string_view piece);
  void send(Waiting waiting);
  /// The event waits where it was only sent too fast. False: it is refused.
  bool holds_back(const client::Answered& answered, const Sent& sent);
  void pause(std::chrono::milliseconds time);
  void accepted(const Sent& sent, const std::string& response);
  void refused(const Sent& sent, std::string_view verdict, const std::string& error_json);
  void print(const std::string& line);
  void show_progress();
  void clear_progress() const;
  /// Everything was read, sent and answered.
  bool is_done() const;
  ExitCode sum_up(const std::string& why);

  PublisherOptions options_;
  std::deque<PublishSource> sources_;  // the front is being read
  client::Loop loop_;
  boost::asio::steady_timer progress_;
  bool shows_progress_;
  std::unique_ptr<client::Input> input_;
  bool is_asking_ = false;
  client::EventStream stream_;
  std::deque<Waiting> waiting_;
  // Of a server that limits us: what was too fast, until the pause is over.
  std::deque<Waiting> held_;
  boost::asio::steady_timer pause_;
  bool is_pausing_ = false;
  unsigned pauses_in_vain_ = 0;
  std::size_t window_;
  std::map<std::uint64_t, Sent> sent_;
  std::uint64_t accepted_ = 0, duplicates_ = 0, refused_ = 0;
};

}  // namespace roost::tools
