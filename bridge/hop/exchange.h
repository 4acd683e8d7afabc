#pragma once

#include "base/backoff.h"
#include "base/error.h"
#include "bridge/hop/calls.h"
#include "bridge/hop/flow.h"
#include "bridge/hop/keyed_hash.h"
#include "bridge/hop/route_token.h"
#include "bridge/hop/timeline.h"
#include "bridge/hop/timer_queue.h"
#include "bridge/sip/message.h"
#include "bridge/transaction/invite_client.h"
#include "bridge/transaction/invite_server.h"
#include "bridge/transaction/non_invite_client.h"
#include "bridge/transaction/non_invite_server.h"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sipveil::hop {

struct TargetLinkTag;
struct SourceLinkTag;
struct AwaitingTag;
template <class Tag>
using LinkHook = boost::intrusive::list_base_hook<boost::intrusive::tag<Tag>,
                                                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One 2xx of an INVITE: a forked call may have several, told apart by their To tags.
struct Fork {
  Digest ack_key;       ///< of the ACK that will come for it
  std::string response; ///< as it went to a datagram source, to be repeated until its ACK comes
  std::string ack;      ///< as it went to a datagram target, to be repeated when its 2xx comes again
  bool acknowledged = false;
};

/// A request whose link was lost or could not be had, until the peer is heard on another one or it is given up.
struct Detour {
  /// In this time an end that has lost its link is back by another one: 10 s until a silent link is given up, and two
  /// dials. It is less than the 32 s after which a request without an answer has failed (timers B and F).
  static constexpr Duration return_time = 20s;
  /// A peer that is being restarted, or whose onion service has just moved, is there again within this time. Whoever
  /// calls one that is switched off waits so long for his 480.
  static constexpr Duration dial_patience = 6s;

  /// Who is lost so often for one request is a peer that this request breaks.
  static constexpr unsigned max_tries = 24;

  Error error;                             ///< why, and what is answered in the end
  TimePoint give_up{};                     ///< unless the peer is heard before; `never` since it was
  bool was_sent = false;                   ///< the peer may have it
  TimePoint next_try = transaction::never; ///< dial again
  Backoff backoff{{.first = 500ms, .cap = 2s}};
};

/// One request on its way through the hop: the server transaction toward where it came from and the client transaction
/// toward where it goes (RFC 3261 section 16: a stateful proxy). Keeps texts, not parsed messages, and each text only
/// as long as something may have to be sent again.
struct Exchange : LinkHook<TargetLinkTag>, LinkHook<SourceLinkTag>, LinkHook<AwaitingTag> {
  std::size_t timer_slot = TimerQueue<Exchange>::idle;
  sip::Method method = sip::Method::other;

  Digest server_key; ///< of the request as it came, zero for a CANCEL of our own
  Digest branch_key; ///< of our own branch

  Flow source;
  std::string head; ///< of the request as it came, see sip::Message::answer_head: what its answers must have
  std::variant<std::monostate, transaction::InviteServer, transaction::NonInviteServer> server;
  std::string last_response; ///< datagram source only; the 2xx of an INVITE stand in `forks`

  Flow target;
  const PeerConfig* peer = nullptr; ///< behind `target`, if that is a link of ours, or the next to be tried
  std::variant<std::monostate, transaction::InviteClient, transaction::NonInviteClient> client; ///< empty until sent
  std::string sent_request; ///< as sent, while `needs_request`
  Peers peers;              ///< all to whom it may go, in order
  Peers fallbacks;          ///< those still to be tried, best last
  std::size_t racing = 0;   ///< so many of `peers` are raced for, until one is found
  /// Its text is not with its link: it leaves when the peer is there for certain, because others than that one may
  /// still be tried, and no two of them shall have it.
  bool held = false;
  bool passing = false;                            ///< a dial for it has failed for a reason that may pass
  CircuitPolicy circuit = CircuitPolicy::per_call; ///< of the route to them
  bool cancel_wanted = false;                      ///< cancel as soon as a provisional response allows it
  bool cancel_sent = false;
  bool counted = false; ///< counts in `call->exchanges`

  std::string route_token;              ///< what we put into Record-Route, to know it again in responses
  std::optional<RouteToken> token;      ///< what it says; there exactly with `route_token`
  std::vector<std::string> registering; ///< Contacts that a REGISTER from the tunnel brought
  std::vector<Fork> forks;
  TimePoint came{}; ///< when it was taken on
  std::unique_ptr<Detour> detour;
  LinkId earlier_source = 0;               ///< the link by which it came before `source`, 0 if there was none
  TimePoint orphaned = transaction::never; ///< when it ends unless whoever asked comes back by another link
  /// Of its dialog, if that came in by a link (Links::moved_key): where its far end is, whatever becomes of that link.
  std::optional<Digest> moved_key;
  Digest call{}; ///< key in the CallBook; meaningful if `has_call`
  bool has_call = false;
  std::unique_ptr<Timeline> timeline; ///< INVITE outside a dialog, until its final response

  [[nodiscard]] bool sent() const { return !std::holds_alternative<std::monostate>(client); }
  /// Or may have been: whoever it was sent to may have it.
  [[nodiscard]] bool may_be_there() const { return sent() || (detour != nullptr && detour->was_sent); }
  [[nodiscard]] bool has_server() const { return !std::holds_alternative<std::monostate>(server); }
  /// Handed to a link that is still being dialled: it will go out with that link, or come back when the dial fails.
  [[nodiscard]] bool waits_for_link() const;
  /// The request may still have to be repeated, cancelled, acknowledged, tried elsewhere or answered by us.
  [[nodiscard]] bool needs_request() const;
  /// Another answer may still have to be made to look like one to the request as it came.
  [[nodiscard]] bool needs_head() const;
  [[nodiscard]] bool answered() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] TimePoint deadline() const;
};

using TargetList = boost::intrusive::list<Exchange, boost::intrusive::base_hook<LinkHook<TargetLinkTag>>,
                                          boost::intrusive::constant_time_size<false>>;
/// Requests for a caller whose link is gone, until he comes back.
using AwaitingList = boost::intrusive::list<Exchange, boost::intrusive::base_hook<LinkHook<AwaitingTag>>,
                                            boost::intrusive::constant_time_size<false>>;
using SourceList = boost::intrusive::list<Exchange, boost::intrusive::base_hook<LinkHook<SourceLinkTag>>,
                                          boost::intrusive::constant_time_size<false>>;

/// Owns the exchanges and finds them by each of their keys.
class ExchangeTable {
 public:
  /// More than this many at once are refused with 503: at 1-2 KiB each, about 256 MiB.
  static constexpr std::size_t default_capacity = 160'000;
  /// 2xx of one INVITE. A proxy that forks cancels the other branches at the first 2xx, so only those that cross its
  /// CANCEL come; a peer must not fill memory with invented ones.
  static constexpr std::size_t max_forks = 16;

  explicit ExchangeTable(std::size_t capacity = default_capacity) : capacity_(capacity) {}

  /// Takes the exchange, whose keys are set, into all indexes.
  Exchange& add(std::unique_ptr<Exchange> exchange);
  void remove(Exchange& exchange);
  [[nodiscard]] Exchange* by_request(const Digest& server_key);
  [[nodiscard]] Exchange* by_branch(const Digest& branch_key);
  /// The exchange whose 2xx this ACK is for.
  [[nodiscard]] Exchange* by_ack(const Digest& ack_key);
  /// A 2xx of the exchange passes: remembers it, and its ACK will find the exchange. Null for one too many.
  Fork* add_fork(Exchange& exchange, const Digest& ack_key);

  /// To be called after every event: moves the timer, or removes a finished exchange (then returns false).
  bool settle(Exchange& exchange);
  [[nodiscard]] Exchange* pop_due(TimePoint now) { return timers_.pop_due(now); }
  [[nodiscard]] TimePoint next_deadline() const { return timers_.next(); }
  [[nodiscard]] bool full() const { return owned_.size() >= capacity_; }
  [[nodiscard]] std::size_t size() const { return owned_.size(); }
  [[nodiscard]] std::vector<Exchange*> all();

 private:
  boost::unordered_flat_map<Digest, std::unique_ptr<Exchange>, DigestHash> owned_; ///< by branch
  boost::unordered_flat_map<Digest, Exchange*, DigestHash> by_request_;
  boost::unordered_flat_map<Digest, Exchange*, DigestHash> by_ack_;
  TimerQueue<Exchange> timers_;
  std::size_t capacity_;
};

} // namespace sipveil::hop
