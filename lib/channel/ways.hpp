// Ways: how a shard's own thread reaches all shards. What it posts within a turn
// lies in the other's mailbox at once, behind what was posted before; but the
// other is woken only when the turn has said everything. Else it would start with
// the first of a turn's broadcasts and find the rest later: two system calls for
// each of its sockets in place of one. For the shard's thread alone.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "channel/mailbox.hpp"

namespace roost::channel {

class Ways {
 public:
  /// The mailboxes of all shards, which outlive this.
  explicit Ways(std::vector<Mailbox*> mailboxes) : mailboxes_(std::move(mailboxes)) {}

  std::size_t size() const { return mailboxes_.size(); }

  void post(ShardIndex to, ShardMessage message) {
    Mailbox* const mailbox = mailboxes_[to];
    if (mailbox->put(std::move(message)) == Mailbox::Reader::asleep) unwoken_.push_back(mailbox);
  }

  /// Before a flush, which may take its time, and at the end of a turn.
  void wake() {
    for (Mailbox* const mailbox : unwoken_) mailbox->wake();
    unwoken_.clear();
  }
  bool wants_wake() const { return !unwoken_.empty(); }

 private:
  std::vector<Mailbox*> mailboxes_;
  std::vector<Mailbox*> unwoken_;
};

}  // namespace roost::channel
