#pragma once

#include "bridge/config/config.h"
#include "bridge/status/i2p_report.h"
#include "transports/dial.h"
#include "transports/stream.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sipveil {

/// The bridge's side of I2P: a running router or a child of ours, the sessions by which calls go out and the
/// destination by which they come in; kept up, and brought back after every loss. All calls from the io_context's
/// thread.
class I2pUnit {
 public:
  /// Takes a call that comes in.
  using Accept = std::function<void(StreamPtr)>;

  /// `config.i2p` must be set; `config` must outlive the unit.
  I2pUnit(boost::asio::io_context& context, const Config& config, Accept accept);
  ~I2pUnit();
  I2pUnit(const I2pUnit&) = delete;
  I2pUnit& operator=(const I2pUnit&) = delete;

  /// Reads the destination's key; the first error that only a person can mend ends it here.
  [[nodiscard]] Result<void> start();
  /// Ends the destination and the sessions, stops a child of ours and waits for its end; `done` is called once.
  void stop(std::function<void()> done);

  /// Has these options dial through the router, or tells why calls cannot go out now. `own_destination`: by the session
  /// of our own destination, whatever credential is added to them.
  [[nodiscard]] Result<void> way_out(bool own_destination, DialOptions& options) const;
  /// "<b32>.b32.i2p:5060" while others reach us there, else empty. (The port is one for SIP's eyes: our destinations
  /// take calls at any.)
  [[nodiscard]] std::string reachable_at() const;
  [[nodiscard]] I2pReport report() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_; // shared with its coroutines
};

} // namespace sipveil
