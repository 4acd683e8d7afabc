#pragma once

#include "base/clock.h"
#include "transports/address.h"
#include "transports/i2p/tunnel_options.h"
#include "transports/isolation.h"
#include "transports/stream.h"

#include <memory>
#include <optional>
#include <string>

namespace sipveil::i2p {

struct SessionsOptions {
  Endpoint sam; ///< of the router
  TunnelOptions tunnels;
  unsigned max_sessions = 16; ///< more at once are refused
};

/// The I2P sessions by which streams go out: one transient destination (Ed25519) for each isolation credential, never
/// shared with another. A session lives as long as its streams; whoever dials with a credential that has one joins it.
///
/// After trouble a new session, not only a new stream: a session keeps the LeaseSet of a peer that has been restarted
/// for minutes (i2pd 2.45), so a peer to which a stream has ended or failed is dialled by a session made anew.
///
/// All calls from the executor's thread. Streams keep what they need alive; this object may go before they do.
class Sessions {
 public:
  Sessions(asio::any_io_executor executor, SessionsOptions options);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// A stream to `destination`; `early_data` is on its way when it returns. Asks the router again and again until it
  /// has built the session's tunnels and found the peer's LeaseSet, which takes 4 to 13 s for a new session: the
  /// caller's cancellation (a deadline) ends it. Without an isolation each stream has a session of its own.
  ///
  /// That it returns does not mean that the peer is there: only its first bytes do. i2pd 2.45 closes a stream that
  /// nobody takes after 10 s.
  ///
  /// Errors: local_service (SAM unreachable, malformed; refuses the session: address_in_use, unsupported; not_ready: it
  /// does not know a lent one, or none is lent at the moment), configuration (not_ready: max_sessions are open),
  /// overlay (what it says of the peer beside "not found yet"), cancelled.
  asio::awaitable<Result<StreamPtr>> connect(B32Name destination, std::optional<Isolation> isolation,
                                             std::string early_data);

  /// Streams of this credential go out by a session that somebody else keeps: that of our own destination. It is not
  /// renewed and not counted here.
  /// `id`: its SAM nickname; empty: there is none at the moment, and such streams are refused.
  void lend(const Isolation& isolation, std::string id);

  [[nodiscard]] std::size_t open() const; ///< sessions that are open or being opened

 private:
  class Book;
  std::shared_ptr<Book> book_;
};

} // namespace sipveil::i2p
