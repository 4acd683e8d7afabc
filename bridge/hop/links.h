#pragma once

#include "bridge/hop/calls.h"
#include "bridge/hop/effects.h"
#include "bridge/hop/exchange.h"
#include "transports/isolation.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::hop {

/// What the hop knows of one stream to a peer.
struct Link {
  LinkId id = 0;
  bool up = false;
  bool inbound = false;
  const PeerConfig* peer = nullptr; ///< outbound only
  TimePoint up_at{};
  std::optional<Digest> pooled;   ///< key under which other calls may share it; nullopt: one call only
  std::optional<Digest> call;     ///< the one call, if not pooled
  TargetList requests;            ///< exchanges that were or will be sent over it
  SourceList answers;             ///< exchanges whose answers go back over it
  std::vector<Digest> moved_here; ///< inbound: keys in Links::moved_
  unsigned bad_tokens = 0;        ///< since `bad_since`
  TimePoint bad_since{};

  /// Identity tokens that do not open, in a minute: honest peers have a few after a change of keys. Whoever sends more
  /// is not worth the work, and gets the same answer without it.
  static constexpr unsigned max_bad_tokens = 30;
  [[nodiscard]] bool guesses(TimePoint now) const { return bad_tokens >= max_bad_tokens && now - bad_since < 60s; }
  void note_bad_token(TimePoint now) {
    if (now - bad_since >= 60s) {
      bad_tokens = 0;
      bad_since = now;
    }
    ++bad_tokens;
  }
};

/// The links of a hop and which of them a call may use: the circuit policy stands here.
class Links {
 public:
  Links(Effects& effects, const KeyedHash& hash) : effects_(effects), hash_(hash) {}

  [[nodiscard]] Link* find(LinkId id);
  Link& add_inbound(LinkId id, TimePoint now);
  void remove(Link& link);
  [[nodiscard]] std::size_t size() const { return links_.size(); }
  /// The link was one of this process, which numbers them upwards from a random start; another's are not.
  [[nodiscard]] bool knew(LinkId id) const { return first_ != 0 && id >= first_ && id <= last_; }

  /// The link for a request of `call` to `peer`, dialled if there is none; `bytes` is handed to it. `identity` is the
  /// caller's address of record. Under per-call no link and no isolation credential ever serves two calls.
  Link& send(Call& call, const PeerConfig& peer, CircuitPolicy circuit, std::string_view identity, std::string bytes);

  /// A request of a dialog that came in by another link has come by `link`: its caller has lost that other one and
  /// dialled anew. Only for requests whose token has shown that the dialog is theirs.
  /// `sealed`: the link that stands in that token. (One call may pass a bridge twice, beside a proxy: once by its
  /// caller's link, once by its callee's.)
  void note_moved(const Digest& call, LinkId sealed, Link& link);
  /// The link on which this call's caller is now, `sealed` (out of the dialog's token) unless it has moved. Null if
  /// gone.
  [[nodiscard]] Link* inbound_of(const Digest& call, LinkId sealed);

 private:
  [[nodiscard]] Digest moved_key(const Digest& call, LinkId sealed) const;
  [[nodiscard]] Link* own_link(const Call& call, const PeerConfig& peer);
  Link& keep(LinkId id, std::unique_ptr<Link> link);
  Link& dial(const PeerConfig& peer, std::optional<Isolation> isolation, std::string first);
  std::optional<Isolation> isolation_for(const PeerConfig& peer, CircuitPolicy circuit,
                                         std::string_view identity) const;

  Effects& effects_;
  const KeyedHash& hash_;
  boost::unordered_flat_map<LinkId, std::unique_ptr<Link>> links_;
  boost::unordered_flat_map<Digest, LinkId, DigestHash> pooled_;
  boost::unordered_flat_map<Digest, LinkId, DigestHash> moved_;
  LinkId first_ = 0;
  LinkId last_ = 0;
  IsolationScopes scopes_; ///< credentials of what outlives a call
};

} // namespace sipveil::hop
