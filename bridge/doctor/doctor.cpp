#include "bridge/doctor/doctor.h"

#include "bridge/doctor/i2p_checks.h"
#include "bridge/doctor/key_checks.h"
#include "bridge/doctor/local_checks.h"
#include "bridge/doctor/peer_checks.h"
#include "bridge/doctor/single_hop_checks.h"
#include "bridge/doctor/tor_checks.h"
#include "bridge/status/socket.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <ctime>

namespace sipveil::doctor {
namespace {

namespace asio = boost::asio;

/// Runs one coroutine to its end.
void complete(asio::io_context& context, asio::awaitable<void> work) {
  bool done = false;
  asio::co_spawn(context, std::move(work), [&done](const std::exception_ptr&) { done = true; });
  while (!done)
    context.run_one();
}

} // namespace

void examine(const Config& config, Report& report) {
  const auto asked = status::ask(config);
  const std::string status = asked ? *asked : "";
  const bool running = !status.empty();

  check_state_directory(config, report);
  check_keys(config, std::time(nullptr), report);
  check_listen_addresses(config, running, report);

  asio::io_context context{1};
  const auto keep_running = asio::make_work_guard(context);
  TorChecks tor(context.get_executor(), config, running);
  complete(context, tor.run(report));
  complete(context, check_onion(config, tor, status, report));
  complete(context, check_single_hop(context.get_executor(), config, running, report));
  I2pChecks i2p(context.get_executor(), config, status);
  complete(context, i2p.check_router(report));
  complete(context, i2p.check_tunnels(report));
  complete(context, i2p.check_destination(report));
  check_peers(context, config, LocalNetworks{tor, i2p}, running, report);
  complete(context, i2p.leave());
  complete(context, tor.leave());
}

void skip_all(Report& report, const std::string& why) {
  for (const Subject* subject : {&state_directory, &identity_keys, &listen_addresses, &tor_reachable,
                                 &tor_authentication, &tor_version, &tor_bootstrap, &tor_socks, &onion_service, &peers})
    report.skipped(*subject, why);
}

} // namespace sipveil::doctor
