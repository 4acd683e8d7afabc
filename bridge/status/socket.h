#pragma once

#include "bridge/config/config.h"
#include "transports/listener.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace sipveil::status {

/// Where the running bridge answers: <state_dir>/status.sock, mode 0600.
[[nodiscard]] std::filesystem::path socket_path(const Config& config);

/// Writes one report to whoever connects, and closes. No questions are read, so nothing can be asked of it.
class Server {
 public:
  /// `report` gives the JSON text. Errors: address_in_use if another bridge runs with this state directory.
  [[nodiscard]] static Result<std::unique_ptr<Server>> open(const asio::any_io_executor& executor, const Config& config,
                                                            std::function<std::string()> report);
  void close() { listener_->close(); }

 private:
  explicit Server(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}
  std::unique_ptr<Listener> listener_;
};

/// The report of the running bridge. Blocks for at most 5 s. Errors: unreachable if none runs with this configuration.
[[nodiscard]] Result<std::string> ask(const Config& config);

} // namespace sipveil::status
