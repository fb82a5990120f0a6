// ConnectionCensus: how many connections there are, in all and of each address.
// Shared by all threads, from any thread: it has a lock.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace roost::net {

class ConnectionCensus {
 public:
  /// What counts as one address: of IPv6 a /64 network, which one client has as a rule.
  using Key = std::uint64_t;
  static Key key_of(const boost::asio::ip::address& address);

  struct Counts {
    std::size_t of_address;  ///< this one among them
    std::size_t in_all;
  };

  /// A connection's; it is counted as long as this lasts.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place() { leave(); }
    void leave();

   private:
    friend class ConnectionCensus;
    std::shared_ptr<ConnectionCensus> census_;
    std::optional<Key> key_;
  };

  /// A connection of no address counts among all alone.
  static Counts enter(const std::shared_ptr<ConnectionCensus>& census, Place& place,
                      std::optional<Key> key);
  /// It is this address's, or none's, from now on; nothing where the place was none.
  /// Says how many the address has.
  static std::size_t become(Place& place, std::optional<Key> key);

 private:
  std::size_t add(Key key) { return ++of_addresses_[key]; }
  void remove(Key key);

  std::mutex mutex_;
  std::size_t in_all_ = 0;
  std::unordered_map<Key, std::size_t> of_addresses_;
};

}  // namespace roost::net
