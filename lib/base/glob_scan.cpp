#include "base/glob_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace roost {
namespace {

/// What one byte costs of a pattern built in, and of a text scanned, in bytes
/// that a glob reads by itself.
constexpr std::size_t byte_cost = 16;

class PieceScan {
 public:
  explicit PieceScan(std::size_t pieces_bytes) : nodes_(1) {
    std::size_t size = 64;
    while (size < 2 * pieces_bytes) size *= 2;
    table_.resize(size);
  }

  using Node = std::uint32_t;
  /// The node at which `piece` has been read.
  Node add(std::string_view piece) {
    Node at = root;
    for (const char c : piece) {
      Edge& edge = find(at, c);
      if (edge.to == root) {
        edge = {key(at, c), static_cast<Node>(nodes_.size())};
        nodes_.push_back({at, c, nodes_[at].size + 1});
      }
      at = edge.to;
    }
    nodes_[at].is_piece = true;
    return at;
  }

  /// When all pieces are there.
  void finish() {
    std::vector<Node> order(nodes_.size());
    std::iota(order.begin(), order.end(), root);
    std::stable_sort(order.begin(), order.end(),
                     [this](Node a, Node b) { return nodes_[a].size < nodes_[b].size; });
    for (const Node node : order) {
      State& state = nodes_[node];
      if (state.size > 1) state.fallback = step(nodes_[state.parent].fallback, state.byte);
      const State& shorter = nodes_[state.fallback];
      state.next_piece = shorter.is_piece ? state.fallback : shorter.next_piece;
    }
  }

  Node step(Node from, char c) const {
    for (;; from = nodes_[from].fallback) {
      const Node to = const_cast<PieceScan*>(this)->find(from, c).to;
      if (to != root || from == root) return to;
    }
  }
  /// The longest piece that ends where `at` stands and is shorter than it; root: none.
  Node next_piece(Node at) const { return nodes_[at].next_piece; }
  std::size_t size_of(Node piece) const { return nodes_[piece].size; }
  std::size_t nodes() const { return nodes_.size(); }

  static constexpr Node root = 0;

 private:
  struct State {
    Node parent = root;
    char byte = 0;
    std::uint32_t size = 0;
    Node fallback = root;    // the longest proper suffix of it that is a node
    Node next_piece = root;  // the longest proper suffix of it that is a piece
    bool is_piece = false;
  };
  struct Edge {
    std::uint64_t key = 0;
    Node to = root;  // no edge leads to the root
  };

  static std::uint64_t key(Node from, char c) {
    return std::uint64_t{from} << 8 | static_cast<unsigned char>(c);
  }
  /// The edge, or where it would stand. The table is never more than half full.
  Edge& find(Node from, char c) {
    const std::uint64_t wanted = key(from, c);
    std::size_t at = (wanted * 0x9e3779b97f4a7c15U >> 20) & (table_.size() - 1);
    while (table_[at].to != root && table_[at].key != wanted) at = (at + 1) & (table_.size() - 1);
    return table_[at];
  }

  std::vector<State> nodes_;
  std::vector<Edge> table_;
};

/// A glob on its way through the text: its pieces are taken in order, each at
/// its leftmost place behind the one before.
struct Candidate {
  std::size_t number;  // among the globs
  std::size_t from;    // where the next piece may begin
  std::size_t end;     // where the last one must have ended
  std::vector<PieceScan::Node> pieces{};
  std::size_t next = 0;
};

class Race {
 public:
  Race(const PieceScan& scan, std::vector<Candidate>& candidates)
      : scan_(scan),
        candidates_(candidates),
        waiting_(scan.nodes()),
        wanted_(scan.nodes()),
        left_(candidates.size()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) wait(i);
  }

  void run(std::string_view text, std::vector<bool>& matched) {
    PieceScan::Node at = PieceScan::root;
    for (std::size_t i = 0; i < text.size() && left_ > 0; ++i) {
      at = scan_.step(at, text[i]);
      for (PieceScan::Node piece = wanted(at); piece != PieceScan::root;
           piece = wanted(scan_.next_piece(piece))) {
        take(piece, i + 1, matched);
      }
    }
  }

 private:
  struct Wanted {
    std::uint64_t version = 0;
    PieceScan::Node piece = PieceScan::root;
  };

  void wait(std::size_t number) {
    const Candidate& one = candidates_[number];
    auto& waiting = waiting_[one.pieces[one.next]];
    if (waiting.empty()) ++version_;
    waiting.push_back(number);
  }

  /// The longest piece for which somebody waits that ends where `at` stands. What
  /// was found out holds until the set of such pieces changes.
  PieceScan::Node wanted(PieceScan::Node at) {
    PieceScan::Node end = at;
    while (end != PieceScan::root && wanted_[end].version != version_ && waiting_[end].empty())
      end = scan_.next_piece(end);
    const bool is_known = end != PieceScan::root && wanted_[end].version == version_;
    const PieceScan::Node found = is_known ? wanted_[end].piece : end;
    for (PieceScan::Node node = at; node != end; node = scan_.next_piece(node))
      wanted_[node] = {version_, found};
    if (end != PieceScan::root) wanted_[end] = {version_, found};
    return found;
  }

  void take(PieceScan::Node piece, std::size_t end, std::vector<bool>& matched) {
    std::vector<std::size_t> numbers = std::exchange(waiting_[piece], {});
    ++version_;
    for (const std::size_t number : numbers) {
      Candidate& one = candidates_[number];
      if (end > one.end) {
        --left_;
        continue;
      }
      if (one.from + scan_.size_of(piece) <= end) {
        one.from = end;
        if (++one.next == one.pieces.size()) {
          matched[one.number] = true;
          --left_;
          continue;
        }
      }
      wait(number);
    }
  }

  const PieceScan& scan_;
  std::vector<Candidate>& candidates_;
  std::vector<std::vector<std::size_t>> waiting_;  // by the piece that comes next
  std::vector<Wanted> wanted_;
  std::uint64_t version_ = 0;
  std::size_t left_;
};

}  // namespace

std::vector<bool> match_in_one_pass(const std::vector<const Glob*>& globs, std::string_view text) {
  std::vector<bool> matched(globs.size());
  std::size_t pieces_bytes = 0;
  for (const Glob* glob : globs) pieces_bytes += glob->pattern().size();
  PieceScan scan(pieces_bytes);
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < globs.size(); ++i) {
    const auto inner = globs[i]->inner_text(text);
    if (!inner) continue;
    Candidate one{i, static_cast<std::size_t>(inner->data() - text.data()), 0};
    one.end = one.from + inner->size();
    for (const std::string_view piece : globs[i]->inner_pieces())
      if (!piece.empty()) one.pieces.push_back(scan.add(piece));
    if (one.pieces.empty())
      matched[i] = true;
    else
      candidates.push_back(std::move(one));
  }
  scan.finish();
  Race(scan, candidates).run(text, matched);
  return matched;
}

std::vector<bool> match_all(const std::vector<const Glob*>& globs, std::string_view text) {
  std::vector<bool> matched(globs.size());
  std::vector<const Glob*> searching;  // those that must look through the text
  std::vector<std::size_t> numbers;
  std::size_t pieces_bytes = 0;
  for (std::size_t i = 0; i < globs.size(); ++i) {
    if (!globs[i]->inner_text(text)) continue;
    searching.push_back(globs[i]);
    numbers.push_back(i);
    pieces_bytes += globs[i]->pattern().size();
  }
  if (searching.size() * text.size() <= byte_cost * (text.size() + pieces_bytes)) {
    for (std::size_t i = 0; i < searching.size(); ++i)
      matched[numbers[i]] = searching[i]->matches(text);
    return matched;
  }
  const std::vector<bool> found = match_in_one_pass(searching, text);
  for (std::size_t i = 0; i < found.size(); ++i) matched[numbers[i]] = found[i];
  return matched;
}

}  // namespace roost
