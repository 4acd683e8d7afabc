#pragma once

#include "base/clock.h"
#include "bridge/config/config.h"
#include "bridge/hop/flow.h"
#include "bridge/hop/keyed_hash.h"
#include "bridge/hop/timer_queue.h"
#include "bridge/hop/ways.h"
#include "bridge/sip/message.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::hop {

/// What one Call-ID uses of the tunnel. Lives while a request of it is under way or a dialog, subscription or
/// registration of it exists, and a short while longer.
struct Call {
  std::size_t timer_slot = TimerQueue<Call>::idle;
  Digest key;
  LinkId link = 0;                                 ///< over which its last request went, 0 if that is lost
  const PeerConfig* peer = nullptr;                ///< to whom, or who is to be dialled next
  Peers ways;                                      ///< all that lead to the same end, `peer` among them
  CircuitPolicy circuit = CircuitPolicy::per_call; ///< and under which policy
  std::string identity;          ///< the caller's address of record in clear, for links that are his; see Links::send
  std::vector<LinkId> own_links; ///< the links that serve this call alone, one for each peer it has to do with
  TimePoint redialled{};         ///< when a lost link of it was last replaced without waiting
  std::uint32_t exchanges = 0;   ///< requests under way
  std::uint16_t dialogs = 0;     ///< 2xx of INVITEs whose dialog no BYE has ended; more than one in a forked call
  /// What is said first on a new link: the last ACK for a 2xx as it went over the link, or for a registration its flow
  /// request (hop_flows.cpp).
  std::string last_words;
  std::string kept;             ///< label under which it is kept for a restart, empty if it is not
  std::uint8_t sealing = 0;     ///< identity::Sealing of its first request, for phones that ignore Record-Route
  std::uint32_t issued = 0;     ///< and the Unix time in its identity tokens
  TimePoint subscribed_until{}; ///< end of the longest subscription or registration

  /// A link that is lost must be dialled again.
  [[nodiscard]] bool wants_link(TimePoint now) const {
    return dialogs > 0 || (subscribed_until > now && !last_words.empty());
  }
  [[nodiscard]] bool uses(LinkId id) const {
    return link == id || std::find(own_links.begin(), own_links.end(), id) != own_links.end();
  }
};

/// The calls of the phone side, by Call-ID. No sockets; the owner closes the link of a call that has ended.
class CallBook {
 public:
  /// A call that has ended keeps its link for a moment, for the last ACK and for responses that are sent twice.
  static constexpr Duration linger = 2s;
  /// Longest subscription or registration that keeps a link; a phone refreshes long before.
  static constexpr Duration longest_subscription = std::chrono::hours(2);

  explicit CallBook(const KeyedHash& hash) : hash_(hash) {}

  [[nodiscard]] Digest key_of(std::string_view call_id) const { return hash_({"call", call_id}); }
  Call& open(std::string_view call_id);
  [[nodiscard]] Call* find(std::string_view call_id);
  [[nodiscard]] Call* find(const Digest& key);
  /// All that are on this link. Looks at every call: only for what happens to a shared link seldom.
  [[nodiscard]] std::vector<Call*> on_link(LinkId link);

  /// A request of the call was taken on, and its answer passed back (or it failed).
  void exchange_begins(Call& call);
  void exchange_ends(Call& call, TimePoint now);
  /// A 2xx to an INVITE passed. `opens`: it makes a dialog; else it is of a re-INVITE.
  void note_dialog(Call& call, bool opens, TimePoint now);
  /// What any other final response means for the life of the call. `status` 408: none came.
  void note_response(Call& call, sip::Method method, int status, std::uint32_t expires, TimePoint now);
  /// It was going on when this process's predecessor ended. What becomes of it is seen only if it goes on.
  void note_resumed(Call& call, TimePoint now);
  void note_notify_terminated(Call& call, TimePoint now);
  /// Gives up what the call still held of the tunnel; a later in-dialog request dials anew.
  void abandon(Call& call, TimePoint now);

  /// The next call that has ended, taken out of the book; nullptr if none at `now`.
  [[nodiscard]] std::unique_ptr<Call> pop_ended(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const { return timers_.next(); }
  [[nodiscard]] std::size_t size() const { return calls_.size(); }

 private:
  void rearm(Call& call, TimePoint now);

  const KeyedHash& hash_;
  boost::unordered_flat_map<Digest, std::unique_ptr<Call>, DigestHash> calls_;
  TimerQueue<Call> timers_;
};

} // namespace sipveil::hop
