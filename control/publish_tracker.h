#pragma once

#include "control/hs_desc_event.h"
#include "transports/address.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace sipveil::control {

/// Tells from HS_DESC events when an onion service can be reached: every directory that tor began to upload
/// to has answered, and at least one took the descriptor. The first UPLOADED is not enough, because a caller
/// asks any one of the directories.
class PublishTracker {
 public:
  explicit PublishTracker(const OnionName& service) : service_id_(service.service_id()) {}

  /// For a service that was published before anybody looked at its events.
  void assume_published() { published_ = true; }

  /// Takes an event; those of other services are passed over.
  void on_event(const HsDescEvent& event);

  /// Stays true: while tor uploads again, as it does every hour or two, the directories have the descriptor of before.
  [[nodiscard]] bool published() const { return published_; }
  /// Every directory that was asked has refused. Tor itself tries again only after an hour or more.
  [[nodiscard]] bool refused() const { return accepted_ == 0 && pending_ == 0 && rejected_ > 0; }
  [[nodiscard]] std::size_t pending() const { return pending_; }
  [[nodiscard]] std::size_t accepted() const { return accepted_; }
  [[nodiscard]] std::size_t rejected() const { return rejected_; }

 private:
  /// hsdir_n_replicas (at most 16) x hsdir_spread_store (at most 128) x two descriptors: the consensus allows
  /// no more.
  static constexpr std::size_t most_uploads = 4096;

  [[nodiscard]] bool settle(const HsDescEvent& event);

  std::string service_id_;
  /// Directory -> descriptors on their way to it. A second UPLOAD of the same pair takes the place of the
  /// first, which tor then drops without an event.
  std::map<std::string, std::set<std::string>> uploads_;
  std::size_t pending_ = 0;
  std::size_t accepted_ = 0;
  std::size_t rejected_ = 0;
  bool published_ = false;
};

} // namespace sipveil::control
