#pragma once

#include "bridge/config/config.h"
#include "bridge/hop/flow.h"
#include "bridge/hop/keyed_hash.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipveil::hop {

/// How phones that registered through the tunnel are reached: by the link on which they did (a flow, RFC 5626), or at
/// an onion address or I2P destination of their own that stands in their Contact. Here is what a REGISTER with a 2xx
/// brought, and what a phone's bridge claims again by the sealed Contact that it alone knows. One thread.
class Registrations {
 public:
  /// Flows, and addresses dialled, that are known at once; more are refused. 64 and 400 bytes each.
  static constexpr std::size_t max_flows = 262'144;
  static constexpr std::size_t max_peers = 16'384;
  /// Registrations that a link may claim by a flow request, which nobody has authenticated: what phones of one bridge
  /// have.
  static constexpr std::size_t max_claims = 64;

  explicit Registrations(const KeyedHash& hash) : hash_(hash) {}

  /// The Contact (a wire's URI) was registered by this link, or again by another one.
  void bind(std::string_view contact, LinkId link);
  /// 0 if it is not known, or its link is gone.
  [[nodiscard]] LinkId link_of(std::string_view contact) const;
  void link_gone(LinkId link);
  /// A short name of the registration under which a dialog's token finds it again: "flow:" and the beginning of the
  /// sealed user part, which is unique.
  [[nodiscard]] static std::string name_of(std::string_view contact);
  [[nodiscard]] static bool is_name(std::string_view text) { return text.starts_with("flow:"); }
  /// As link_of, by its name.
  [[nodiscard]] LinkId link_named(std::string_view name) const;

  /// What an address is wanted for. Opening links ahead takes no more than half of max_peers, so that nobody keeps
  /// others' calls out by registering.
  enum class Purpose : std::uint8_t { call, ahead };
  /// A peer that is dialled at the address of a registered Contact, "tor:ONION:PORT" or "i2p:NAME.b32.i2p", which is
  /// its name as well. nullptr for any other text, or if there are too many. Lives as long as this object.
  [[nodiscard]] const PeerConfig* peer_at(std::string_view address, Purpose purpose = Purpose::call);

  [[nodiscard]] std::size_t flows_of(LinkId link) const {
    const auto found = by_link_.find(link);
    return found == by_link_.end() ? 0 : found->second.size();
  }
  [[nodiscard]] std::size_t flows() const { return flows_.size(); }

 private:
  const KeyedHash& hash_;
  boost::unordered_flat_map<Digest, LinkId, DigestHash> flows_;
  boost::unordered_flat_map<LinkId, std::vector<Digest>> by_link_;
  std::unordered_map<std::string, std::unique_ptr<PeerConfig>> peers_;
};

} // namespace sipveil::hop
