// Where a request goes next. RFC 3261 sections 16.4 and 16.5.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <algorithm>

namespace sipveil::hop {

using sip::Message;
using sip::Method;

namespace {

/// An INVITE repeated with credentials has the Call-ID of the first but no To tag: it belongs to the peer that asked
/// for them, whatever a draw among equals says.
void stay_with_peer(Way& way, const Call& call) {
  const auto found = std::find(way.peers.begin(), way.peers.end(), call.peer);
  if (call.link == 0 || found == way.peers.end()) return;
  std::rotate(way.peers.begin(), found, found + 1);
  way.circuit = call.circuit;
}

} // namespace

NextHop Hop::find_next_hop(const Flow& from, Message& request) {
  const OwnRoute own = take_own_routes(request, tokens_, effects_, from);
  if (own.broken) return NextHop::refused(answer_with(481, "the route of this dialog is not known here"));
  if (from.inner()) return toward_peer(own.token, request);
  if (own.token && own.token->origin == RouteToken::Origin::tunnel && own.token->link != from.id)
    if (Link* link = links_.find(from.id)) links_.note_moved(calls_.key_of(request.call_id()), *link);
  return toward_phone(own.token);
}

NextHop Hop::toward_phone(const std::optional<RouteToken>& token) const {
  if (token) return NextHop::to({token->carrier, token->listener, token->phone, 0});
  if (!config_.inner.deliver_to)
    return NextHop::refused(answer_with(480, "this end takes no calls: [inner] deliver_to is not set"));
  const HostPort& phone = *config_.inner.deliver_to;
  const auto address = InnerAddress::parse(phone.host(), phone.port());
  if (!address) return NextHop::refused(answer_with(480, "[inner] deliver_to is not numeric"));
  const Carrier carrier = config_.inner.deliver_transport == InnerTransport::tcp ? Carrier::tcp : Carrier::udp;
  return NextHop::to({carrier, listener_for(*address, config_), *address, 0});
}

NextHop Hop::toward_peer(const std::optional<RouteToken>& token, const Message& request) {
  if (token && token->origin == RouteToken::Origin::tunnel) {
    const Link* link = links_.inbound_of(calls_.key_of(request.call_id()), token->link);
    if (link == nullptr) return NextHop::refused(answer_with(480, "the link on which this call came in is gone"));
    return NextHop::to(Flow::over_link(link->id));
  }
  const Call* call = calls_.find(request.call_id());
  if (call != nullptr && call->peer == nullptr) call = nullptr;
  // A phone that ignores Record-Route still belongs to its call.
  if (token || (call != nullptr && !request.to_tag().empty())) {
    const std::string_view peer = token ? std::string_view(token->peer) : std::string_view(call->peer->name);
    Way way = router_.to_peer(peer);
    if (way.peers.empty()) return NextHop::refused(answer_with(480, "the peer of this dialog is no longer configured"));
    if (call != nullptr && call->peer == way.peers.front()) way.circuit = call->circuit;
    return NextHop::by(std::move(way));
  }
  // An ACK outside every dialog acknowledges an answer that was given without state: nothing is dialled for it.
  if (request.method() == Method::ack) return NextHop::refused(answer_with(481, "nothing to acknowledge"));
  // Outside a dialog: the first Route that is not ours, else the Request-URI (section 16.5 and 16.6 step 6).
  const auto routes = request.routes();
  const auto uri = routes.empty() ? sip::Uri::parse(request.request_uri()) : sip::Uri::from_name_addr(routes.front());
  if (uri && is_own_name(*uri, config_))
    return NextHop::refused(request.method() == Method::options
                                ? Answer{200, "OK", {}}
                                : answer_with(404, "this address is the bridge itself"));
  Way way = uri ? router_.find(uri->host) : Way{};
  if (way.peers.empty()) return NextHop::refused(answer_with(404, "no [[route]] in the configuration for this domain"));
  if (call != nullptr) stay_with_peer(way, *call);
  return NextHop::by(std::move(way));
}

} // namespace sipveil::hop
