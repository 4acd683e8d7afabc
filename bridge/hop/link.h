#pragma once

#include "bridge/hop/exchange.h"
#include "bridge/hop/ways.h"

#include <optional>
#include <string>
#include <vector>

namespace sipveil::hop {

/// What the hop knows of one stream to a peer.
struct Link {
  enum class State : std::uint8_t {
    waiting,  ///< for its turn to be dialled: many others are being dialled
    dialling, ///< the stream is not usable yet
    up,
  };

  LinkId id = 0;
  State state = State::dialling;
  bool inbound = false;
  bool standby = false;             ///< opened ahead, nobody's yet
  bool proved = false;              ///< something has come by it
  bool suspect = false;             ///< a pong is late, and nothing has come since
  bool racing = false;              ///< waits for whichever of `ways` has a link first
  const PeerConfig* peer = nullptr; ///< outbound only
  Peers ways;                       ///< by which what is said on it may go as well, `peer` among them
  Peers failed;                     ///< racing: those of `ways` to which a dial has failed meanwhile
  LinkSource source = LinkSource::none;
  std::uint64_t credential = 0;   ///< see Timeline
  TimePoint since{};              ///< when it began to wait, or to be dialled
  std::string unsent;             ///< what it was given to say while it was not up
  std::optional<Digest> pooled;   ///< key under which other calls may share it; nullopt: one call only
  std::optional<Digest> call;     ///< the one call, if not pooled
  TargetList requests;            ///< exchanges that were or will be sent over it
  SourceList answers;             ///< exchanges whose answers go back over it
  std::vector<Digest> moved_here; ///< inbound: keys in Links::moved_
  unsigned bad_tokens = 0;        ///< since `bad_since`
  TimePoint bad_since{};

  [[nodiscard]] bool up() const { return state == State::up; }
  /// Whoever is at its other end is there, and not only somebody on the way.
  [[nodiscard]] bool there() const { return up() && (proved || peer == nullptr || !must_speak(*peer)); }
  /// Of those whose number is limited: dialled for one call, through an overlay.
  [[nodiscard]] bool counts() const { return source == LinkSource::built && !is_direct(*peer); }

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

} // namespace sipveil::hop
