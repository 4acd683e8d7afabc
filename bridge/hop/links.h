#pragma once

#include "bridge/hop/calls.h"
#include "bridge/hop/effects.h"
#include "bridge/hop/link.h"
#include "bridge/hop/standby_pool.h"
#include "transports/isolation.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::hop {

/// The links of a hop and which of them a call may use: the circuit policy stands here.
class Links {
 public:
  /// Links dialled for calls at once. tor builds no more than 32 circuits at a time (MaxClientCircuitsPending), and a
  /// dial to an onion service takes two of them.
  static constexpr unsigned max_dialling = 16;
  /// So long a call waits for its turn. It has its 100, so that the phone does; whoever calls does not.
  static constexpr Duration waiting_time = 60s;

  /// Both must outlive it, as must the peers.
  Links(const Config& config, Effects& effects, const KeyedHash& hash);

  [[nodiscard]] Link* find(LinkId id);
  Link& add_inbound(LinkId id);
  /// Forgets a link that has ended.
  void remove(Link& link);
  /// Ends a link that nothing needs any more.
  void close(Link& link);
  [[nodiscard]] std::size_t size() const { return links_.size(); }
  /// The link was one of this process, which numbers them upwards from a random start; another's are not.
  [[nodiscard]] bool knew(LinkId id) const { return first_ != 0 && id >= first_ && id <= last_; }

  /// The link for a request of `call` to `peer`: one opened ahead, or dialled if there is none; `bytes` is handed to
  /// it, empty: nothing may be said yet. `identity` is the caller's address of record. Under per-call no link and no
  /// isolation credential ever serves two calls. What is said on a new link may go by all of `call.ways` as well.
  Link& send(Call& call, const PeerConfig& peer, CircuitPolicy circuit, std::string_view identity, std::string bytes,
             TimePoint now);
  /// send() would find one that is up.
  [[nodiscard]] bool has_ready(const PeerConfig& peer, CircuitPolicy circuit) const;
  /// The first of `ways` for which it would; nullptr if there is none.
  [[nodiscard]] const PeerConfig* ready_way(const Peers& ways, CircuitPolicy circuit) const;

  /// A phone that is dialled at an address of its own has registered for so long, or is called: links to it are opened
  /// ahead meanwhile, unless too many others have been noted since. 0: it has gone. `peer` must outlive this object.
  void note_phone(const PeerConfig& peer, Duration life, TimePoint now);
  /// Links to phones may be opened ahead at all.
  [[nodiscard]] bool keeps_phones() const { return standby_.max > 0 && standby_.phones > 0; }

  /// All of them have pools.
  [[nodiscard]] bool can_race(const Peers& peers) const;
  /// The link for a call's first request, which is handed to none: of all that were opened ahead for `peers` the one
  /// with the shortest round trip. If there is none, one that waits for the first that comes up (hand_over), while
  /// each pool builds at least one.
  Link& race(Call& call, const Peers& peers, TimePoint now);
  /// A link that was opened ahead to this peer has failed: those that wait for it and for no other any more.
  [[nodiscard]] std::vector<LinkId> losers(const PeerConfig& peer);

  /// A dialled link is usable.
  void on_up(Link& link, TimePoint now);
  /// Something has come by a link for the first time.
  void on_proved(Link& link, TimePoint now);
  /// A call's link that was not up and is gone, and one opened ahead that has taken its place: its requests, and what
  /// it was to say.
  struct Handover {
    LinkId from = 0;
    Link* to = nullptr;
  };
  /// The next one: for a call that waits for its turn, or whose dial takes so long that something must be wrong with
  /// it, such as a descriptor that has become stale meanwhile.
  [[nodiscard]] std::optional<Handover> hand_over(TimePoint now);
  /// A ping has come back.
  void on_round_trip(Link& link, Duration measured);
  /// A link opened ahead has ended, could not be opened, or is suspect; it is removed.
  void standby_gone(Link& link, bool local, TimePoint now);

  /// Dials and closes what is due: waiting calls first, then what the pools want. `quiet`: a pool that has a link ready
  /// opens no others just now.
  void tend(TimePoint now, bool quiet);
  [[nodiscard]] TimePoint next_deadline(TimePoint now) const;
  /// A link that has waited in vain for its turn; nullptr if there is none.
  [[nodiscard]] Link* overdue(TimePoint now);

  /// A request of a dialog that came in by another link has come by `link`: its caller has lost that other one and
  /// dialled anew. Only for requests whose token has shown that the dialog is theirs. `key`: see moved_key.
  void note_moved(const Digest& key, Link& link);
  /// The link on which a call's caller is now. Null if gone.
  [[nodiscard]] Link* inbound_of(const Digest& key, LinkId sealed);
  /// Names a dialog by the call and the link that stands in its token. (One call may pass a bridge twice, beside a
  /// proxy: once by its caller's link, once by its callee's.)
  [[nodiscard]] Digest moved_key(const Digest& call, LinkId sealed) const;

  /// The same for a dialog with a phone that is reached by its registration's link.
  [[nodiscard]] Digest flow_key(std::string_view registration) const { return hash_({"flow", registration}); }
  /// A link of calls that could go to this peer, whose path may be dead; nullptr if there is none.
  [[nodiscard]] Link* suspect_to(const PeerConfig& peer);

  [[nodiscard]] std::vector<StandbyReport> reports(TimePoint now) const;

 private:
  struct Pool {
    Pool(const PeerConfig& to, const StandbyConfig& standby);
    const PeerConfig* peer;
    StandbyConfig config;
    StandbyPool links;
    TimePoint refreshed{}; ///< when its address was last said to be stale
    /// Of a phone: when it was last noted, and until when it counts. Peers of the configuration have theirs for good.
    std::optional<TimePoint> noted{};
    TimePoint until{};
  };

  void make_pools(const Config& config);
  void drop_phones(TimePoint now);
  [[nodiscard]] Link* own_link(const Call& call, const PeerConfig& peer);
  Link& keep(LinkId id);
  void write(Link& link, std::string bytes);
  Link& dial(const PeerConfig& peer, LinkSource source, std::optional<Isolation> isolation, std::string first,
             TimePoint now);
  Link& link_for_call(const PeerConfig& peer, std::string bytes, TimePoint now);
  void start(Link& link, std::optional<Isolation> isolation, std::string first, TimePoint now);
  void dial_waiting(TimePoint now);
  void forget_ended_dials();
  [[nodiscard]] Link* served_by(const Pool& pool, TimePoint now);
  [[nodiscard]] TimePoint stuck_at(const Link& link) const;
  [[nodiscard]] TimePoint hangs_at(const Pool& pool) const;
  [[nodiscard]] unsigned slots(const Pool& pool, unsigned building, bool quiet) const;
  [[nodiscard]] Pool* pool_of(const PeerConfig& peer) const;
  [[nodiscard]] std::optional<Isolation> isolation_for(const PeerConfig& peer, CircuitPolicy circuit,
                                                       std::string_view identity) const;

  const StandbyConfig& standby_;
  Effects& effects_;
  const KeyedHash& hash_;
  boost::unordered_flat_map<LinkId, std::unique_ptr<Link>> links_;
  boost::unordered_flat_map<Digest, LinkId, DigestHash> pooled_;
  boost::unordered_flat_map<Digest, LinkId, DigestHash> moved_;
  std::vector<std::unique_ptr<Pool>> pools_; ///< one for each peer of a per-call route, and for phones noted lately
  std::deque<LinkId> waiting_;               ///< for their turn, in order; some may be gone
  std::deque<LinkId> racing_;                ///< for the first link of several pools, likewise
  std::deque<LinkId> dials_;                 ///< for calls, in order; some may be up or gone
  unsigned dialling_ = 0;                    ///< of those dialled for calls through an overlay
  unsigned sessions_ = 0;                    ///< I2P sessions that links have of their own
  unsigned sessions_ahead_ = 0;              ///< more than so many are not opened ahead
  LinkId first_ = 0;
  LinkId last_ = 0;
  IsolationScopes scopes_; ///< credentials of what outlives a call
};

} // namespace sipveil::hop
