#pragma once

#include "bridge/hop/public_number.h"
#include "tests/unit/bridge/hop_script.h"

#include <algorithm>
#include <optional>
#include <string>

namespace sipveil::hop::test {

/// One peer, and one link to it ahead of calls; no choice among several.
inline Config one_peer_with_standby(StandbyConfig standby = {.candidates = 1}) {
  Config config = sample_config();
  config.standby = standby;
  config.peers.erase(config.peers.begin() + 1, config.peers.end());
  config.routes.erase(config.routes.begin() + 1, config.routes.end());
  config.routes[0].peers.resize(1);
  return config;
}

/// The INVITE of call-`number`, and what ends that call.
inline Request numbered(unsigned number) {
  const std::string n = std::to_string(number);
  return {.via = "SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bKinvite" + n, .call_id = "call-" + n};
}
inline Request numbered_cancel(unsigned number) {
  Request request = numbered(number);
  request.method = "CANCEL";
  return request;
}
inline Request numbered_bye(unsigned number) {
  Request request = numbered(number);
  request.method = "BYE";
  request.via += "-bye";
  request.to = to_bob();
  request.cseq = 2;
  return request;
}

/// A call that stands: its 200 was acknowledged. Returns its link.
inline LinkId establish_call(Script& hop, unsigned number) {
  hop.phone(numbered(number).text());
  LinkId link = 0;
  for (auto& [id, sent] : hop.book.links)
    if (!sent.empty() && parsed(sent.back().bytes).call_id() == wire(numbered(number).call_id)) link = id;
  if (std::ranges::find(hop.book.dials, link, &Notebook::Dial::link) != hop.book.dials.end()) hop.up(link);
  const auto invite = hop.to_link(link).message.clone();
  hop.peer(link, reply(invite, 200));
  Request ack = numbered(number);
  ack.method = "ACK";
  ack.via += "-ack";
  ack.to = to_bob();
  hop.phone(ack.text());
  hop.forget();
  return link;
}

/// A Script whose hop opens links ahead. They are told apart from those that it dials for calls.
class StandbyScript : public Script {
 public:
  explicit StandbyScript(Config config = one_peer_with_standby()) : Script(std::move(config)) {
    book.sorts = true;
    hop.start(book.time);
  }

  /// The next one that is being opened ahead; the test then tells what becomes of it.
  [[nodiscard]] Notebook::Dial opened() {
    if (book.ahead.empty()) {
      ADD_FAILURE() << "none is being opened ahead";
      return {};
    }
    auto dial = book.ahead.front();
    book.ahead.pop_front();
    return dial;
  }
  /// The next one, now open.
  LinkId ready(std::optional<Duration> round_trip = {}) {
    const LinkId link = opened().link;
    up(link);
    if (round_trip) pong(link, *round_trip);
    return link;
  }
  [[nodiscard]] bool opens_none() const { return book.ahead.empty(); }
  [[nodiscard]] StandbyReport report() const { return hop.standby_reports(book.time).at(0); }
};

} // namespace sipveil::hop::test
