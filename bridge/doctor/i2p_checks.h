#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"
#include "control/i2pd_process.h"
#include "transports/dial.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sipveil::doctor {

/// The checks of the local I2P router; without [i2p] none is noted. With `spawn` and no running sipveil, an i2pd of our
/// own is started for the time of the examination. Whatever is tried goes by destinations that are made for it and
/// forgotten.
class I2pChecks {
 public:
  /// `status`: what the running sipveil reports, empty if none runs. `config` must outlive the object.
  I2pChecks(boost::asio::any_io_executor executor, const Config& config, std::string status);
  ~I2pChecks();
  I2pChecks(const I2pChecks&) = delete;
  I2pChecks& operator=(const I2pChecks&) = delete;

  /// SAM answers.
  boost::asio::awaitable<void> check_router(Report& report);
  /// A destination gets tunnels, is published, and is reached from another one: all that a call needs of the network.
  /// Takes 5 to 20 s; `report` is told how far it is.
  boost::asio::awaitable<void> check_tunnels(Report& report);
  /// The running sipveil's own destination is reached and answers pings.
  boost::asio::awaitable<void> check_destination(Report& report);
  /// Ends what was opened or started.
  boost::asio::awaitable<void> leave();

  /// To dial by; null unless every check so far has passed.
  [[nodiscard]] const I2pSessions& sessions() const { return sessions_; }

 private:
  boost::asio::awaitable<Result<std::string>> reach();
  boost::asio::awaitable<Result<Endpoint>> find_sam();
  boost::asio::awaitable<Result<std::string>> reach_ourselves(Report& report);
  boost::asio::awaitable<Result<std::string>> call_destination(const B32Name& name);
  [[nodiscard]] bool running() const { return !status_.empty(); }

  boost::asio::any_io_executor executor_;
  const Config& config_;
  std::string status_;
  std::unique_ptr<control::I2pdProcess> process_; ///< started by us
  std::optional<Endpoint> sam_;
  I2pSessions sessions_;
};

} // namespace sipveil::doctor
