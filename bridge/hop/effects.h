#pragma once

#include "base/clock.h"
#include "bridge/hop/flow.h"
#include "transports/isolation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil {
struct PeerConfig;
}

namespace sipveil::hop {

/// What the hop asks of the world. The daemon implements it with sockets, a test with a notebook.
/// All calls return at once; what becomes of a link is told by Hop::on_link_up, on_link_pong, on_link_suspect and
/// on_link_down.
class Effects {
 public:
  virtual ~Effects() = default;

  /// Sends to the phone side. For tcp `to.id` names the connection, or is 0 (or gone) and one to `to.address` is
  /// opened.
  virtual void send_inner(const Flow& to, std::string_view bytes) = 0;

  /// The name of a link that is to be dialled: larger than any before.
  virtual LinkId new_link_id() = 0;
  /// Dials a peer; `first` goes out as the first bytes of the stream. Empty: there is nothing to say yet.
  virtual void open_link(LinkId id, const PeerConfig& peer, std::optional<Isolation> isolation, std::string first) = 0;
  /// Pings at once, to see whether it lives and how long its round trip is.
  virtual void ping_link(LinkId link) = 0;
  /// One write for one message; queued while the link is being dialled. Nothing happens for a link that is gone.
  virtual void write_link(LinkId link, std::string bytes) = 0;
  virtual void close_link(LinkId link) = 0;
  /// Dials to this peer hang: what the overlay knows of its address may be stale.
  virtual void refresh_address(const PeerConfig& /*peer*/) {}
  /// Keeps `record` under `label` (16 hex digits) where a restarted hop finds it again (Hop::resume); an empty one is
  /// taken away.
  virtual void keep_call(std::string_view /*label*/, std::string_view /*record*/) {}
  /// An answer is awaited on this link: ping it soon if it stays silent.
  virtual void expect_answer(LinkId link) = 0;

  /// What the phone side should write into Via and Route to reach us by this flow: host:port of the inner listener.
  virtual std::string_view inner_name(const Flow& flow) = 0;

  [[nodiscard]] virtual TimePoint now() = 0;
  /// Seconds since 1970-01-01, UTC.
  [[nodiscard]] virtual std::int64_t unix_time() = 0;
  /// ONION:PORT, or NAME.b32.i2p:PORT, at which others can call us; empty if there is none (yet). Lives until the next
  /// call.
  [[nodiscard]] virtual std::string_view reachable_at() = 0;
};

} // namespace sipveil::hop
