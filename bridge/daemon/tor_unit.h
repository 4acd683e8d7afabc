#pragma once

#include "bridge/config/config.h"
#include "transports/dial.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sipveil {

/// The bridge's side of tor: a running one or a child of ours, its control connection, the onion service, the client
/// authorizations and the circuits of links; kept up, and brought back after every loss. All calls from the
/// io_context's thread.
class TorUnit {
 public:
  /// `config.tor` must be set; `config` must outlive the unit.
  TorUnit(boost::asio::io_context& context, const Config& config);
  ~TorUnit();
  TorUnit(const TorUnit&) = delete;
  TorUnit& operator=(const TorUnit&) = delete;

  /// Reads keys; the first error that only a person can mend ends it here. `onion_target`: where tor delivers, if there
  /// is an onion service.
  [[nodiscard]] Result<void> start(std::optional<Endpoint> onion_target);
  /// Takes the onion service away from a running tor, which a tor that does not answer delays by no more than 1 s, or
  /// stops a child of ours and waits for its end; `done` is called once.
  void stop(std::function<void()> done);

  /// A link is about to be dialled with this SOCKS credential, and has ended or was not opened: then its circuits are
  /// closed, unless another link of the same credential uses them. One `link_closed` for each `link_opened`. Cheap, at
  /// any time, also without a control connection.
  void link_opened(const Isolation& credential);
  void link_closed(const Isolation& credential);

  /// The SOCKS port to dial through, or why calls cannot go out now: tor absent, wrong cookie, not bootstrapped. One
  /// that is known is used without a control port as well, since outbound calls need no more.
  [[nodiscard]] Result<SocksProxy> socks() const;
  /// Has tor fetch the descriptor of an onion peer anew; nothing for other peers, or while tor is away.
  void refresh(const PeerConfig& peer);
  /// One sentence for `status` and the log.
  [[nodiscard]] std::string state() const;
  /// "<onion>:port" once the address is known.
  [[nodiscard]] std::string onion() const;
  [[nodiscard]] bool published() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_; // shared with its coroutines
};

} // namespace sipveil
