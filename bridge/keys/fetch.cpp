#include "bridge/keys/fetch.h"

#include "bridge/doctor/i2p_checks.h"
#include "bridge/doctor/tor_checks.h"
#include "bridge/doctor/way_to_peer.h"
#include "bridge/doctor/within.h"
#include "bridge/keys/key_messages.h"
#include "bridge/sip/framing.h"
#include "bridge/status/socket.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sipveil::keys {
namespace {

namespace asio = boost::asio;

using Keys = std::vector<privasip::PublicKey>;

/// RFC 3261 section 17.1.2.2, timer F: as long as any request but an INVITE may take.
constexpr Duration answer_patience = 32s;
/// Provisional answers before the final one: a sipveil sends none, a chain of proxies a few.
constexpr int max_messages = 8;

Error no_answer() {
  return {Errc::timed_out, Fault::peer, "the peer's stream is open, but no answer came within 32 s",
          "Ask its operator whether its sipveil runs: sipveil doctor.", true};
}

/// Reads up to the next whole message.
asio::awaitable<Result<std::string>> next_message(Stream& stream, sip::Framer& framer) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto event = framer.next();
    if (const auto* frame = std::get_if<sip::Framer::Frame>(&event)) co_return std::string(frame->bytes);
    if (std::holds_alternative<sip::Framer::Broken>(event))
      co_return Error{Errc::malformed, Fault::peer, "what listens there does not speak SIP over a stream", "", false};
    // Pings need no answer in the short life of this stream.
    if (!std::holds_alternative<sip::Framer::NeedMore>(event)) continue;
    const auto count = co_await stream.read_some(buffer);
    if (!count) co_return count.error();
    framer.feed(std::string_view(buffer.data(), *count));
  }
}

/// The body is handed on as the message it came in: `exchange` has read it already, and knows it to be good.
asio::awaitable<Result<std::string>> exchange(Stream& stream, const std::string& request, const RequestIds& ids) {
  if (const auto written = co_await stream.write(request); !written) co_return written.error();
  sip::Framer framer;
  for (int i = 0; i < max_messages; ++i) {
    auto message = co_await next_message(stream, framer);
    if (!message) co_return message.error();
    const auto keys = read_key_answer(*message, ids);
    if (!keys) co_return keys.error();
    if (*keys) co_return std::move(*message);
  }
  co_return no_answer();
}

/// Why nothing goes through tor or I2P: the first check that failed.
Error unusable(std::string network, const doctor::Report& report) {
  const auto& checks = report.checks();
  const auto failed = std::ranges::find(checks, doctor::Verdict::failed, &doctor::Check::verdict);
  Error error{Errc::not_ready, Fault::local_service, network + " cannot be used", "Run: sipveil doctor", true};
  if (failed == checks.end()) return error;
  error.what = fmt::format("{}: {}", failed->subject.title, failed->detail);
  error.mend = failed->mend;
  return error;
}

/// What the running sipveil reports, empty if none runs.
std::string status_of(const Config& config) {
  auto status = status::ask(config);
  return status ? std::move(*status) : std::string();
}

/// One run of `fetch`.
class Fetching {
 public:
  Fetching(asio::io_context& context, const Config& config)
      : config_(config), status_(status_of(config)), tor_(context.get_executor(), config, !status_.empty()),
        i2p_(context.get_executor(), config, status_) {}

  asio::awaitable<Result<Keys>> run(std::string_view name, const std::vector<const PeerConfig*>& peers) {
    Result<Keys> outcome = Error{Errc::invalid, Fault::configuration, "there is no peer to ask", "", false};
    for (const PeerConfig* peer : peers) {
      outcome = co_await ask(name, *peer);
      if (outcome) break;
    }
    co_await i2p_.leave();
    co_await tor_.leave();
    co_return outcome;
  }

 private:
  asio::awaitable<Result<Keys>> ask(std::string_view name, const PeerConfig& peer) {
    const RequestIds ids = random_ids();
    const auto request = make_key_request(name, ids);
    if (!request) co_return request.error();
    // Only now: a peer that is dialled past tor and I2P needs neither.
    const bool by_i2p = std::holds_alternative<ViaI2p>(peer.via);
    if (std::holds_alternative<ViaTor>(peer.via) && tor_report_.checks().empty()) co_await tor_.run(tor_report_);
    if (by_i2p && i2p_report_.checks().empty()) co_await i2p_.check_router(i2p_report_);
    auto options = doctor::options_for(peer, config_, {tor_, i2p_});
    if (!options) co_return by_i2p ? unusable("I2P", i2p_report_) : unusable("tor", tor_report_);
    const doctor::PeerTalk talk = [&](Stream& stream) {
      return doctor::within(answer_patience, exchange(stream, *request, ids), no_answer());
    };
    const auto answer = co_await doctor::talk_to(peer, std::move(*options), tor_, !status_.empty(), talk);
    if (!answer) co_return answer.error();
    auto keys = read_key_answer(*answer, ids);
    if (!keys) co_return keys.error();
    co_return std::move(**keys);
  }

  const Config& config_;
  std::string status_; ///< of the running sipveil, empty if none runs
  doctor::TorChecks tor_;
  doctor::Report tor_report_;
  doctor::I2pChecks i2p_;
  doctor::Report i2p_report_;
};

std::string_view host_of(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

const RouteConfig* route_of(const Config& config, std::string_view domain) {
  const auto found = std::ranges::find(config.routes, domain, &RouteConfig::domain);
  return found == config.routes.end() ? nullptr : &*found;
}

} // namespace

std::vector<const PeerConfig*> peers_for(const Config& config, std::string_view name) {
  const std::string_view host = host_of(name);
  std::vector<const PeerConfig*> peers;
  const auto add = [&](std::string_view peer) {
    const PeerConfig* found = config.find_peer(peer);
    if (found != nullptr && std::ranges::find(peers, found) == peers.end()) peers.push_back(found);
  };
  for (const AccountConfig& account : config.accounts)
    if (account.host == host && account.home) add(*account.home);
  const RouteConfig* route = route_of(config, host);
  if (route == nullptr) route = route_of(config, "*");
  if (route == nullptr) return peers;
  std::vector<RouteTarget> targets = route->peers;
  std::ranges::stable_sort(targets, {}, &RouteTarget::priority);
  for (const RouteTarget& target : targets)
    add(target.peer);
  return peers;
}

Result<Keys> fetch(const Config& config, std::string_view name, const std::vector<const PeerConfig*>& peers) {
  asio::io_context context{1};
  const auto keep_running = asio::make_work_guard(context);
  Fetching fetching(context, config);
  std::optional<Result<Keys>> outcome;
  asio::co_spawn(context, fetching.run(name, peers),
                 [&outcome](const std::exception_ptr&, Result<Keys> result) { outcome = std::move(result); });
  while (!outcome)
    context.run_one();
  return std::move(*outcome);
}

} // namespace sipveil::keys
