#pragma once

#include "base/clock.h"
#include "transports/round_trip.h"

#include <optional>
#include <string_view>
#include <vector>

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
    /// An answer that is awaited and does not come within one round trip calls for a ping: within RoundTrip::timeout
    /// of these. Sooner would put the ping in front of the answer's way for nothing.
    Duration least_eager = 500ms;
    Duration most_eager = 2s;
    /// A pong that does not come within RoundTrip::timeout of these makes the link suspect. Real networks stall for a
    /// second or two, so that suspicion is no proof: whoever has another link uses that, whoever has none waits.
    Duration least_suspicion = 1s;
    Duration most_suspicion = 4s;
  };
  enum class Action {
    nothing, ///< too early: wait until next_deadline()
    ping,    ///< write keepalive_ping now
    suspect, ///< the pong is late: told once for each ping
    dead,    ///< the peer was silent for pong_deadline after a ping: close the link
  };

  /// `now`: when the link was opened.
  Keepalive(Config config, TimePoint now) : config_(config), last_received_(now) {}

  /// Bytes came, whatever they are. For a pong call on_pong alone.
  void on_received(TimePoint now);
  /// A single CRLF between messages came. When the ping was sent that it answers, pings and pongs being in order;
  /// nullopt if none was.
  std::optional<TimePoint> on_pong(TimePoint now);
  /// A request was written whose answer shall come soon.
  void expect_answer(TimePoint now);
  /// Whether it lives, and how long its round trip is, shall be known now: true if keepalive_ping is to be written,
  /// false if one is on its way already.
  [[nodiscard]] bool probe(TimePoint now);

  /// When on_time() has something to do; after `dead` the time of death.
  [[nodiscard]] TimePoint next_deadline() const;
  /// To be called at next_deadline() or later; earlier it does nothing.
  [[nodiscard]] Action on_time(TimePoint now);

  /// The last measured time from ping to pong.
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_.last(); }

 private:
  Config config_;
  TimePoint last_received_;
  std::optional<TimePoint> expecting_since_; ///< the first expectation since the last sign of life
  std::optional<TimePoint> awaiting_since_;  ///< the ping that nothing has followed yet
  std::vector<TimePoint> unanswered_pings_;  ///< in order; one in a pong_deadline at most
  bool suspect_ = false;                     ///< told already
  RoundTrip round_trip_;
};

} // namespace sipveil
