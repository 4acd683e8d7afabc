#pragma once

#include "bridge/config/config.h"
#include "control/client.h"
#include "control/onion_service.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sipveil {

/// The bridge's onion service, published and kept so. All calls from the executor's thread.
class OnionUnit {
 public:
  virtual ~OnionUnit() = default;

  /// Begins what does not wait for the dialling tor.
  virtual void start() {}
  /// The dialling tor is at 100 %, over its control connection `generation`.
  virtual boost::asio::awaitable<void> dialling_tor_ready(std::uint64_t generation);
  /// Takes the service away, ends what `start` began and returns when both are done. What is given to the dialling tor
  /// for this ends at the latest with its control connection.
  virtual boost::asio::awaitable<void> stop() = 0;

  /// The address, once it is known.
  [[nodiscard]] virtual std::optional<OnionName> name() const = 0;
  [[nodiscard]] virtual bool published() const = 0;
  /// What a person has to know of it beside that; empty if nothing.
  [[nodiscard]] virtual std::string note() const { return {}; }
};

/// The common form: added to the dialling tor by ADD_ONION, where it stays if we are killed or the control connection
/// is lost, and is taken on again.
class AddedOnion final : public OnionUnit, public std::enable_shared_from_this<AddedOnion> {
 public:
  /// `client`, of the dialling tor, must live as long as the io_context runs; `config` must have [tor] and [onion].
  AddedOnion(control::ControlClient& client, control::OnionKey key, const Config& config, Endpoint target);

  boost::asio::awaitable<void> dialling_tor_ready(std::uint64_t generation) override;
  boost::asio::awaitable<void> stop() override;
  [[nodiscard]] std::optional<OnionName> name() const override { return service_.name(); }
  [[nodiscard]] bool published() const override { return service_.published(); }

 private:
  control::ControlClient& client_;
  std::uint16_t port_;
  control::OnionService service_;
  boost::asio::steady_timer retry_;
  bool stopping_ = false;
};

/// "onion service published: others reach this bridge at tor:..." in the log.
void log_published(const OnionName& name, std::uint16_t port, std::string_view how = "");
/// "onion service kept from before: ..." likewise: no new publication was needed.
void log_kept(const OnionName& name, std::uint16_t port);

} // namespace sipveil
