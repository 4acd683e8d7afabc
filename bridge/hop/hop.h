#pragma once

#include "base/log.h"
#include "bridge/hop/aliases.h"
#include "bridge/hop/answers.h"
#include "bridge/hop/calls.h"
#include "bridge/hop/contacts.h"
#include "bridge/hop/effects.h"
#include "bridge/hop/exchange.h"
#include "bridge/hop/links.h"
#include "bridge/hop/passage.h"
#include "bridge/hop/redial.h"
#include "bridge/hop/registrations.h"
#include "bridge/hop/route_token.h"
#include "bridge/hop/router.h"
#include "bridge/hop/timeline.h"
#include "bridge/identity/identities.h"
#include "bridge/policy/policy.h"

#include <string>
#include <string_view>
#include <vector>

namespace sipveil::hop {

struct Counters {
  std::uint64_t requests = 0; ///< taken on (retransmissions not counted)
  std::uint64_t refused = 0;  ///< messages answered with an error or dropped because they were broken
  std::uint64_t absorbed = 0; ///< retransmissions that went no further
  std::uint64_t stray = 0;    ///< responses and ACKs that belong to nothing
};

/// A larger request is refused with 513: what a hop adds to it (Via, Record-Route with its token, identity tokens,
/// longer names for Call-ID and tags) must still fit into the bound of the next one, and into a datagram to the phone
/// behind that.
inline constexpr std::size_t max_request_bytes = sip::max_message_bytes - 8192;

/// The transaction-stateful hop between the phone side and the tunnel (RFC 3261 sections 16-17, RFC 6026). No sockets:
/// messages, link events and time come in, and `Effects` is asked to send. All calls from one thread.
///
/// How a request flows: hop_request.cpp, `on_request`. How its answer flows back: hop_response.cpp, `on_response`.
class Hop {
 public:
  /// `config` and `effects` must outlive the hop; `master` is the 32-byte local key. More than `capacity` requests at
  /// once are refused with 503.
  Hop(const Config& config, const SecretBytes& master, Effects& effects, identity::KeyBook keys,
      std::size_t capacity = ExchangeTable::default_capacity);

  /// One message as framed: a datagram, or what the framer cut from a stream.
  void on_message(const Flow& from, std::string_view bytes, TimePoint now);

  /// Opens the first links ahead.
  void start(TimePoint now);

  void on_inbound_link(LinkId link, TimePoint /*now*/) { links_.add_inbound(link); }
  /// The dialled link is usable and its first bytes are on their way.
  void on_link_up(LinkId id, TimePoint now);
  /// Dialling failed, or the stream ended: `error` says which and why.
  void on_link_down(LinkId id, const Error& error, TimePoint now);
  /// It has not answered a ping in time: its path may be dead, or only slow.
  void on_link_suspect(LinkId id, TimePoint now);
  /// The peer answered the ping that was sent at `pinged`.
  void on_link_pong(LinkId id, TimePoint pinged, TimePoint now);
  /// A datagram or connection to this phone address failed: nobody listens there.
  void on_inner_unreachable(const InnerAddress& address, TimePoint now);

  [[nodiscard]] TimePoint next_deadline() const;
  void on_time(TimePoint now);

  /// A call or registration that was going on when the hop before this one ended, as Effects::keep_call was given it.
  void resume(std::string_view label, std::string_view sealed, TimePoint now);

  /// Answers everything that waits, and whatever comes from now on, with 503 and stops the phones' ringing; for a clean
  /// shutdown.
  void drain(TimePoint now);

  [[nodiscard]] const TimelineRing& timelines() const { return timelines_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t exchanges() const { return exchanges_.size(); }
  [[nodiscard]] std::size_t calls() const { return calls_.size(); }
  [[nodiscard]] std::size_t registrations() const { return registrations_.flows(); }
  [[nodiscard]] std::vector<StandbyReport> standby_reports(TimePoint now) const { return links_.reports(now); }
  [[nodiscard]] const identity::Identities& identities() const { return identities_; }

 private:
  // hop_request.cpp
  void on_request(const Flow& from, sip::Message request, TimePoint now);
  [[nodiscard]] bool answers_key_request(const Flow& reply, const sip::Message& request);
  [[nodiscard]] std::optional<Answer> check(const sip::Message& request) const;
  [[nodiscard]] std::unique_ptr<Exchange> make_exchange(const Flow& from, const Flow& reply,
                                                        const sip::Message& request, TimePoint now);
  void join_call(Exchange& exchange, const Passage& passage, const sip::Message& request, TimePoint now);
  // hop_marks.cpp
  void add_ourselves(sip::Message& request, const Passage& passage, const std::string& branch, Exchange* exchange);
  [[nodiscard]] RouteToken make_token(const Passage& passage);

  // hop_sending.cpp
  void dispatch(Exchange& exchange, NextHop next, std::string bytes, std::string_view identity, TimePoint now);
  void send_by_link(Exchange& exchange, Call& call, std::string_view identity, TimePoint now);
  void go_by(Exchange& exchange, Link& link, TimePoint now);
  void address_to(Exchange& exchange, const PeerConfig& peer, TimePoint now);
  [[nodiscard]] static bool may_begin(const Exchange& exchange, const Link& link);
  void begin(Exchange& exchange, TimePoint now);
  void start_client(Exchange& exchange, TimePoint now);

  // hop_passage.cpp
  [[nodiscard]] std::optional<Answer> enter(sip::Message& request, Passage& passage);
  [[nodiscard]] std::optional<Answer> cross(sip::Message& request, Passage& passage, TimePoint now);
  [[nodiscard]] bool leave(sip::Message& request, const Passage& passage) const;
  [[nodiscard]] identity::Dialog dialog_of(const Passage& passage, TimePoint now);
  [[nodiscard]] policy::Context policy_of(bool outward, const sip::Message& message) const;

  // hop_routing.cpp
  [[nodiscard]] NextHop find_next_hop(sip::Message& request, Passage& passage, TimePoint now);
  [[nodiscard]] bool may_speak(const Link& link, const sip::Message& request, TimePoint now);
  [[nodiscard]] NextHop toward_phone(sip::Message& request, const Passage& passage) const;
  [[nodiscard]] NextHop toward_peer(sip::Message& request, Passage& passage);
  [[nodiscard]] NextHop toward_registered(sip::Message& request, const std::string& contact);
  [[nodiscard]] const PeerConfig* registered_at(const sip::Uri& contact,
                                                Registrations::Purpose purpose = Registrations::Purpose::call);
  [[nodiscard]] NextHop along_dialog(const RouteToken& token, const sip::Message& request);

  // hop_ack_cancel.cpp
  void on_ack(const Flow& from, sip::Message ack, TimePoint now);
  [[nodiscard]] bool tells_of_new_link(const Passage& passage) const;
  [[nodiscard]] bool takes_failure_ack(const Flow& from, const sip::Message& ack, TimePoint now);
  void pass_ack(const Passage& passage, std::string_view call_id, std::string bytes, TimePoint now);
  void on_cancel(const Flow& reply, const Digest& invite_key, const sip::Message& cancel, TimePoint now);
  void send_cancel(Exchange& exchange, TimePoint now);

  // hop_flows.cpp
  void note_registered(const Exchange& exchange, const sip::Message& response);
  [[nodiscard]] bool answers_flow_request(const Flow& from, const sip::Message& request, TimePoint now);
  void bind_registration(const std::string& contact, LinkId id, TimePoint now);
  void note_registering(const Exchange& exchange, const sip::Message& response, TimePoint now);
  [[nodiscard]] std::uint32_t life_of(std::string_view contact, const sip::Message& response) const;
  void keep(Call& call, std::string_view call_id);
  void forget(Call& call);

  // hop_response.cpp
  void on_response(const Flow& from, sip::Message response, TimePoint now);
  [[nodiscard]] Fork* note_fork(Exchange& exchange, const sip::Message& response);
  void pass_back(Exchange& exchange, sip::Message& response, Fork* fork, TimePoint now);
  void cross_back(Exchange& exchange, sip::Message& response, TimePoint now);
  void rewrite_record_route(Exchange& exchange, sip::Message& response);
  void answer(Exchange& exchange, const Answer& answer, TimePoint now);
  [[nodiscard]] bool send_final(Exchange& exchange, int status, std::string bytes, Fork* fork, TimePoint now);
  void conclude(Exchange& exchange, int status, std::uint32_t lifetime, TimePoint now);
  [[nodiscard]] std::string own_response(const Flow& to, const sip::Message& request, const Answer& answer) const;
  void reply_without_state(const Flow& to, const sip::Message& request, const Answer& answer);
  void reply_without_state(const Flow& to, std::string_view head, const Answer& answer);
  void note_timeline(Exchange& exchange, int status, TimePoint now);

  // hop_survival.cpp
  [[nodiscard]] std::vector<Call*> calls_on(const Link& link);
  void begin_all(Link& link, TimePoint now);
  void hand_over(TimePoint now);
  void note_alive(Link& link, TimePoint now);
  void refuse_standby(Link& link, TimePoint now);
  void lose_link(Link& link, const Error& error, TimePoint now);
  void lose_standby(Link& link, const Error& error, TimePoint now);
  [[nodiscard]] bool leave_suspect(Link& link, TimePoint now);
  void relieve_suspects(const Link& ready, TimePoint now);
  [[nodiscard]] const PeerConfig* ready_way(const Call& call) const;
  void redial(Call& call, TimePoint now);
  void redial_due(TimePoint now);
  void tend_links(TimePoint now);
  void keep_quiet(TimePoint now);
  void end_quiet(TimePoint now);

  // hop_detour.cpp
  struct LostLink {
    bool inbound;  ///< the far end's, and only it can bring another one
    bool worked;   ///< it was up, and the peer there: of one that is dialled straight, or by I2P, something has come
    bool silent;   ///< up, and nothing has come, which is all that an I2P router says of a peer that is away
    bool moves_on; ///< nothing has come by it, or nothing any more: another way to the same peer is better, if there is
                   ///< one
  };
  void lose_target(Exchange& exchange, const Error& error, const LostLink& link, TimePoint now);
  void try_next_peer(Exchange& exchange, Call& call, TimePoint now);
  void take_detour(Exchange& exchange, const Error& error, bool moves_on, TimePoint now);
  void run_detour(Exchange& exchange, TimePoint now);
  void await_return(Exchange& exchange, const Error& error, TimePoint now);
  void come_back(const Digest& moved_key, Link* before, Link& link, TimePoint now);
  void resume_awaiting(const Digest& moved_key, Link& link, TimePoint now);
  void come_again(Exchange& exchange, const Flow& reply, TimePoint now);

  // hop_events.cpp
  void run(Exchange& exchange, TimePoint now);
  void run_server(Exchange& exchange, TimePoint now);
  void end_calls(TimePoint now);

  void send(const Flow& to, std::string bytes);
  [[nodiscard]] unsigned today() { return static_cast<unsigned>(effects_.unix_time() / 86'400); }
  [[nodiscard]] Digest server_key(const Flow& from, const sip::Message& request, std::string_view method);
  /// Of the ACK for a 2xx, from either of them. `inner`: the ACK comes from the phone side.
  [[nodiscard]] Digest ack_key(bool inner, const sip::Message& message) const;
  /// The To tag of our own answers.
  [[nodiscard]] std::string own_tag(const Flow& to, std::string_view call_id) const;
  [[nodiscard]] Call* call_of(const Exchange& exchange);

  const Config& config_;
  Effects& effects_;
  KeyedHash hash_;
  LocalSeal seal_;
  RouteTokens tokens_{seal_};
  Aliases aliases_{seal_};
  Contacts contacts_{seal_};
  identity::Identities identities_;
  Router router_;
  ExchangeTable exchanges_;
  CallBook calls_{hash_};
  Links links_;
  AwaitingList awaiting_; ///< see await_return
  TimePoint last_tended_{};
  TimePoint quiet_until_{}; ///< see keep_quiet
  Registrations registrations_{hash_};
  Redials redials_;
  TimelineRing timelines_;
  Counters counters_;
  RateLimit refusal_log_;
  bool draining_ = false;
};

} // namespace sipveil::hop
