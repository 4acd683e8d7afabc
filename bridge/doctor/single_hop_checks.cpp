#include "bridge/doctor/single_hop_checks.h"

#include "control/operations.h"
#include "control/torrc.h"

#include <fmt/format.h>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::string_view what_it_gives_up =
    "this machine's address is not hidden: whoever knows the onion address can learn it";

asio::awaitable<Result<std::string>> ask_its_tor(asio::any_io_executor executor, const Config& config) {
  auto layout = control::TorLayout::below(config.state_dir, control::SingleHopService::directory);
  if (!layout) co_return layout.error();
  control::ControlClient client(executor, control::ControlOptions{.endpoint = std::move(layout->control)});
  if (const auto connected = co_await client.connect(); !connected) {
    Error error = connected.error();
    error.mend = fmt::format("sipveil status and {} say what its tor does.", layout->log.string());
    co_return error;
  }
  auto mode = co_await control::option(client, "HiddenServiceSingleHopMode");
  client.stop();
  co_return mode;
}

} // namespace

asio::awaitable<void> check_single_hop(asio::any_io_executor executor, const Config& config, bool running,
                                       Report& report) {
  if (!config.onion || !config.onion->single_hop) co_return;
  if (!running)
    co_return report.skipped(single_hop, fmt::format("sipveil does not run; when it does, {}", what_it_gives_up));
  const auto mode = co_await ask_its_tor(std::move(executor), config);
  if (!mode) co_return report.failed(single_hop, mode.error());
  if (*mode != "1")
    co_return report.failed(single_hop, "its tor builds long circuits: calls in take twice the time that they could",
                            "Restart sipveil.");
  report.ok(single_hop, fmt::format("circuits of one hop; {}", what_it_gives_up));
}

} // namespace sipveil::doctor
