#pragma once

#include "control/i2pd_options.h"
#include "control/program.h"
#include "transports/address.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sipveil::control {

struct I2pdProcessOptions {
  std::string binary = "i2pd";                     ///< looked up in PATH unless it is a path
  std::filesystem::path state_directory;           ///< its files go into the sub-directory i2pd
  std::optional<std::filesystem::path> extra_conf; ///< its configuration file; what we settle wins
  /// i2pd opens its SAM port when it knows enough routers: at once, but at the first start in the public network when
  /// it has fetched them, which may take minutes over a slow line.
  Duration start_timeout = std::chrono::minutes(5);
  /// Then it is killed. i2pd 2.45.1 ends at once by SIGTERM, but hangs for good in most cases once it has had SAM
  /// sessions. It loses nothing by a kill: its keys are written when they are made, the routers it knows now and then.
  Duration stop_timeout = 2s;
};

/// An i2pd of our own, run as a child: own data directory, and nothing open but SAM on a port of 127.0.0.1 (i2pd has no
/// unix sockets) that is another one at each start. It is ready when it, and nobody else, listens there.
/// An i2pd that a killed predecessor of ours left is ended first, since it has the data directory. Errors of `start`,
/// beside those of Program: configuration (unusable extra_conf), address_in_use (the port was taken away; another start
/// takes another one).
class I2pdProcess final : public Program {
 public:
  /// Starts nothing yet. Errors: configuration (see I2pdLayout::below).
  [[nodiscard]] static Result<std::unique_ptr<I2pdProcess>> create(asio::any_io_executor executor,
                                                                   I2pdProcessOptions options);

  [[nodiscard]] const I2pdLayout& layout() const { return layout_; }
  /// Where its SAM listens; only to be used while it runs.
  [[nodiscard]] Endpoint sam() const;
  /// What it complained about last, in one line; may be empty.
  [[nodiscard]] std::string last_words() const;

 private:
  I2pdProcess(asio::any_io_executor executor, ProgramPlan plan, I2pdLayout layout, std::shared_ptr<std::uint16_t> port)
      : Program(std::move(executor), std::move(plan)), layout_(std::move(layout)), port_(std::move(port)) {}
  I2pdLayout layout_;
  std::shared_ptr<std::uint16_t> port_; ///< of the last start; shared with the plan
};

} // namespace sipveil::control
