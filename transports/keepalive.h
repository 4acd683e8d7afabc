#pragma once

#include "base/clock.h"

#include <optional>
#include <string_view>

namespace sipveil {

/// RFC 5626 section 3.5.1: what is sent as ping and what answers it.
inline constexpr std::string_view keepalive_ping = "\r\n\r\n";
inline constexpr std::string_view keepalive_pong = "\r\n";

/// Tells when a link is to be pinged and when it is dead (RFC 5626 section 4.4.1), without a clock or a
/// socket.
///
/// TCP's own keepalive reaches only the local tor, and a frozen relay gives no event at all, so this is the
/// only sign of life of a link. Every received byte proves it alive; only a pong measures its round trip.
class Keepalive {
 public:
  struct Config {
    Duration idle = 25s; ///< silence before a ping
    /// RFC 5626 section 4.4.1: "If the client does not receive a pong within 10 seconds …, the flow is
    /// failed".
    Duration pong_deadline = 10s;
    /// Silence before a ping while an answer is awaited. 4 s and the 10 s of the deadline leave time for a
    /// second link within the 32 s of a SIP transaction (RFC 3261 timer B), and no answer of a healthy onion
    /// link takes that long.
    Duration eager = 4s;
  };
  enum class Action {
    nothing, ///< too early: wait until next_deadline()
    ping,    ///< write keepalive_ping now
    dead,    ///< the peer was silent for pong_deadline after a ping: close the link
  };

  /// `now`: when the link was opened.
  Keepalive(Config config, TimePoint now) : config_(config), last_received_(now) {}

  /// Bytes came, whatever they are. For a pong call on_pong alone.
  void on_received(TimePoint now);
  /// A single CRLF between messages came.
  void on_pong(TimePoint now);
  /// A request was written whose answer shall come soon.
  void expect_answer(TimePoint now);

  /// When on_time() has something to do; after `dead` the time of death.
  [[nodiscard]] TimePoint next_deadline() const;
  /// To be called at next_deadline() or later; earlier it does nothing.
  [[nodiscard]] Action on_time(TimePoint now);

  /// The last measured time from ping to pong.
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }

 private:
  Config config_;
  TimePoint last_received_;
  std::optional<TimePoint> expecting_since_; ///< the first expectation since the last sign of life
  std::optional<TimePoint> awaiting_since_;  ///< the ping that nothing has followed yet
  TimePoint last_ping_{};
  unsigned unanswered_pings_ = 0;
  std::optional<Duration> round_trip_;
};

} // namespace sipveil
