#include "net/connection_census.hpp"

#include <utility>

namespace roost::net {

ConnectionCensus::Key ConnectionCensus::key_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return Key{0xFFFF} << 32 | address.to_v4().to_uint();
  Key key = 0;
  const auto bytes = address.to_v6().to_bytes();
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | bytes[i];
  return key;
}

ConnectionCensus::Place::Place(Place&& other) noexcept
    : census_(std::move(other.census_)), key_(std::exchange(other.key_, {})) {}

ConnectionCensus::Place& ConnectionCensus::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  leave();
  census_ = std::move(other.census_);
  key_ = std::exchange(other.key_, {});
  return *this;
}

void ConnectionCensus::Place::leave() {
  const auto census = std::exchange(census_, nullptr);
  if (!census) return;
  const std::lock_guard lock(census->mutex_);
  --census->in_all_;
  if (key_) census->remove(*key_);
  key_.reset();
}

ConnectionCensus::Counts ConnectionCensus::enter(const std::shared_ptr<ConnectionCensus>& census,
                                                 Place& place, std::optional<Key> key) {
  place.leave();
  const std::lock_guard lock(census->mutex_);
  place.census_ = census;
  place.key_ = key;
  return {key ? census->add(*key) : 0, ++census->in_all_};
}

std::size_t ConnectionCensus::become(Place& place, std::optional<Key> key) {
  if (!place.census_) return 0;
  const std::lock_guard lock(place.census_->mutex_);
  if (place.key_) place.census_->remove(*place.key_);
  place.key_ = key;
  return key ? place.census_->add(*key) : 0;
}

void ConnectionCensus::remove(Key key) {
  const auto found = of_addresses_.find(key);
  if (--found->second == 0) of_addresses_.erase(found);
}

}  // namespace roost::net
