#pragma once

#include "base/clock.h"
#include "transports/i2p/destination_key.h"
#include "transports/i2p/tunnel_options.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipveil::i2p {

struct InboundOptions {
  Endpoint sam;
  TunnelOptions tunnels;
  DestinationKey key;
  std::vector<B32Name> allow; ///< who may call; empty: everybody
  /// How long a session with the same key waits after the last (LastSession).
  Duration clearing = 7s;
  /// The key or the router is new, so that it cannot have had a session with it.
  bool first = false;
};

/// What becomes of a persistent destination, in words and as a figure for `status`.
struct InboundState {
  enum class Phase : std::uint8_t {
    connecting, ///< to SAM
    clearing,   ///< the router clears an earlier session of this destination away, or may have to
    building,   ///< the router builds tunnels
    publishing, ///< they are built; a connection of our own to ourselves has not come through yet
    reachable,  ///< it has: RESULT=OK alone does not mean that the LeaseSet is published
    lost,       ///< the router is gone or refuses; tried again
  };
  Phase phase = Phase::connecting;
  std::optional<Error> problem; ///< of `lost`
  [[nodiscard]] std::string text() const;
};

/// The persistent destination by which calls come in: keeps its session up (a new one whenever it ends, with a
/// back-off), accepts streams, and verifies by a real connection from a session of its own that others reach it.
/// All calls from the executor's thread. `accept` and `watch` are called from the event loop only, `watch` at every
/// change of the state or of session_id(); they may call stop(), or destroy this object.
class Inbound {
 public:
  using Accept = std::function<void(StreamPtr stream, const B32Name& caller)>;
  using Watch = std::function<void(const InboundState&)>;

  Inbound(asio::any_io_executor executor, InboundOptions options, Accept accept, Watch watch);
  ~Inbound(); ///< ends everything at once
  Inbound(const Inbound&) = delete;
  Inbound& operator=(const Inbound&) = delete;

  void start();
  void stop();
  [[nodiscard]] const InboundState& state() const;
  /// The session's SAM nickname, for Sessions::lend; empty while there is none. `Watch` tells of changes.
  [[nodiscard]] std::string session_id() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

} // namespace sipveil::i2p
