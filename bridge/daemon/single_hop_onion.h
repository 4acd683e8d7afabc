#pragma once

#include "bridge/daemon/complaints.h"
#include "bridge/daemon/kept_program.h"
#include "bridge/daemon/onion_unit.h"
#include "control/publish_tracker.h"
#include "control/tor_process.h"

#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sipveil {

/// [onion] single_hop: the service runs in a second tor of ours, which does nothing else, since tor allows no dialling
/// through one whose services are not anonymous. The key, and so the address, is that of the common form.
class SingleHopOnion final : public OnionUnit, public std::enable_shared_from_this<SingleHopOnion> {
 public:
  /// `config` must have [tor] spawn and [onion] and outlive the object. Errors: those of TorProcess::create.
  [[nodiscard]] static Result<std::shared_ptr<SingleHopOnion>>
  create(const boost::asio::any_io_executor& executor, const Config& config, control::OnionKey key, Endpoint target);

  void start() override;
  boost::asio::awaitable<void> stop() override;
  [[nodiscard]] std::optional<OnionName> name() const override { return name_; }
  [[nodiscard]] bool published() const override { return tracker_ && tracker_->published(); }
  [[nodiscard]] std::string note() const override;

 private:
  SingleHopOnion(const boost::asio::any_io_executor& executor, const Config& config,
                 std::unique_ptr<control::TorProcess> process);

  boost::asio::awaitable<void> set_up(std::uint64_t generation);
  boost::asio::awaitable<Result<void>> listen();
  boost::asio::awaitable<void> wait_published(std::uint64_t generation);
  [[nodiscard]] bool still(std::uint64_t generation) const;

  const Config& config_;
  std::filesystem::path service_; ///< where tor keeps what is public of it
  control::ControlClient client_;
  std::shared_ptr<KeptProgram> child_;
  control::Subscription events_;
  bool listening_ = false;
  Complaints complaints_{"single-hop service"};
  std::optional<Error> problem_; ///< why its control port is not ours now
  std::optional<OnionName> name_;
  std::optional<control::PublishTracker> tracker_; ///< of the present control connection
  boost::asio::steady_timer changed_;              ///< cut short by each event, and by `stop`
  bool stopping_ = false;
};

} // namespace sipveil
