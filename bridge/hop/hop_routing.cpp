// Where a request goes next. RFC 3261 sections 16.4 and 16.5.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

#include <algorithm>
#include <charconv>

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
  way.racing = 0;
}

std::uint16_t port_of(const sip::Uri& uri) {
  std::uint16_t port = 5060;
  if (!uri.port.empty()) std::from_chars(uri.port.data(), uri.port.data() + uri.port.size(), port);
  return port;
}

} // namespace

NextHop Hop::find_next_hop(Message& request, Passage& passage, TimePoint now) {
  OwnRoute own = take_own_routes(request, tokens_, effects_, passage.from);
  if (own.broken || (own.token && own.token->for_wire == passage.outward)) {
    request.set_routes({}); // an ACK that is known by its INVITE goes on without (on_ack)
    return NextHop::refused(answer_with(481, "the route of this dialog is not known here"));
  }
  passage.written_uri = request.request_uri();
  passage.token = std::move(own.token);
  // The other side's part of the route set; nothing else of a Route may come from this one, and from a peer none at
  // all.
  if (!passage.begins || passage.token || !passage.outward)
    request.set_routes(passage.token ? passage.token->routes : std::vector<std::string>());
  if (passage.token && passage.token->issued != 0) passage.issued = passage.token->issued;
  if (passage.outward) return toward_peer(request, passage);
  // Whoever was called over a link that we had dialled comes back on such a link. On another one it is somebody who
  // tries whether this is the bridge of his caller.
  if (const Link* link = links_.find(passage.from.id);
      passage.token && passage.token->origin == RouteToken::Origin::inner && link != nullptr && link->inbound)
    return NextHop::refused(answer_with(481, "the route of this dialog is not known here"));
  if (const Link* link = links_.find(passage.from.id);
      passage.token && link != nullptr && passage.token->link != link->id && !may_speak(*link, request, now))
    return NextHop::refused(answer_with(481, "the route of this dialog is not known here"));
  NextHop next = toward_phone(request, passage);
  if (passage.token && passage.token->origin == RouteToken::Origin::tunnel) {
    next.moved_key = links_.moved_key(calls_.key_of(request.call_id()), passage.token->link);
    Link* link = passage.token->link != passage.from.id ? links_.find(passage.from.id) : nullptr;
    if (link != nullptr)
      come_back(*next.moved_key, links_.inbound_of(*next.moved_key, passage.token->link), *link, now);
  }
  return next;
}

/// Whether the far end of a link may have to do with the call of this request. On one that we dialled for another call
/// it may not: nobody shall find out by trying whether two links are of one bridge. A registration's brings calls of
/// its phone.
bool Hop::may_speak(const Link& link, const Message& request, TimePoint now) {
  if (link.inbound || link.pooled || (link.call && *link.call == calls_.key_of(request.call_id()))) return true;
  return std::ranges::any_of(calls_on(link), [now](const Call* call) { return call->subscribed_until > now; });
}

NextHop Hop::toward_phone(Message& request, const Passage& passage) const {
  const auto contact = contacts_.contact_of(request.request_uri(), request.call_id());
  if (contact) request.set_request_uri(*contact);
  // A Contact of another dialog, or of another bridge: one answer for both, so that nobody can ask whose it is.
  if (const auto uri = sip::Uri::parse(request.request_uri());
      !contact && !passage.token && uri && uri->host == outer_name && !uri->user.empty())
    return NextHop::refused(answer_with(404, "nobody of this name here"));
  // Beside a proxy: it is on its way to another bridge's phone, and our proxy knows that one by our name for it.
  if (!contact && passage.token)
    if (const auto alias = contacts_.far_alias(request.request_uri())) request.set_request_uri(*alias);
  if (passage.token) return NextHop::to({passage.token->carrier, passage.token->listener, passage.token->phone, 0});
  if (contact) { // a call to a phone that has registered through us
    const auto uri = sip::Uri::parse(*contact);
    const auto address = uri ? InnerAddress::parse(uri->host, port_of(*uri)) : std::nullopt;
    if (address) {
      const std::string transport = uri->param("transport").value_or("udp");
      const bool tcp = transport == "tcp" || transport == "TCP";
      return NextHop::to({tcp ? Carrier::tcp : Carrier::udp, listener_for(*address, config_), *address, 0});
    }
  }
  if (!config_.inner.deliver_to)
    return NextHop::refused(answer_with(480, "this end takes no calls: [inner] deliver_to is not set"));
  const HostPort& phone = *config_.inner.deliver_to;
  const auto address = InnerAddress::parse(phone.host(), phone.port());
  if (!address) return NextHop::refused(answer_with(480, "[inner] deliver_to is not numeric"));
  const Carrier carrier = config_.inner.deliver_transport == InnerTransport::tcp ? Carrier::tcp : Carrier::udp;
  return NextHop::to({carrier, listener_for(*address, config_), *address, 0});
}

NextHop Hop::along_dialog(const RouteToken& token, const Message& request) {
  if (token.origin == RouteToken::Origin::tunnel) {
    const bool registered = Registrations::is_name(token.peer);
    NextHop next;
    next.moved_key =
        registered ? links_.flow_key(token.peer) : links_.moved_key(calls_.key_of(request.call_id()), token.link);
    const Link* link = registered ? links_.find(registrations_.link_named(token.peer))
                                  : links_.inbound_of(*next.moved_key, token.link);
    if (link != nullptr) next.flow = Flow::over_link(link->id);
    if (link != nullptr || registered || token.peer.empty()) return next;
  }
  Way way = router_.to_peer(token.peer);
  if (way.peers.empty())
    if (const PeerConfig* registered = registrations_.peer_at(token.peer)) way.peers.push_back(registered);
  if (way.peers.empty()) return NextHop::refused(answer_with(480, "the peer of this dialog is no longer configured"));
  // The way that its token names was the first one; the call may have found another meanwhile.
  const Call* call = calls_.find(request.call_id());
  const auto used = std::ranges::find(way.peers, call != nullptr ? call->peer : nullptr);
  if (used != way.peers.end()) {
    way.circuit = call->circuit;
    std::rotate(way.peers.begin(), used, used + 1);
  }
  return NextHop::by(std::move(way));
}

/// An onion service, or an I2P destination, if this bridge can dial such a one. Nothing else is dialled for a Contact:
/// whoever registers would choose whom this bridge connects to.
const PeerConfig* Hop::registered_at(const sip::Uri& contact, Registrations::Purpose purpose) {
  if (contact.host.ends_with(".b32.i2p"))
    return config_.i2p ? registrations_.peer_at("i2p:" + contact.host, purpose) : nullptr;
  if (!config_.tor) return nullptr;
  return registrations_.peer_at("tor:" + contact.host + ":" + std::to_string(port_of(contact)), purpose);
}

/// `contact` is the wire's URI under which the phone registered through us.
NextHop Hop::toward_registered(Message& request, const std::string& contact) {
  request.set_request_uri(contact);
  request.set_routes({});
  const auto uri = sip::Uri::parse(contact);
  if (uri && uri->host != outer_name) {
    const PeerConfig* peer = registered_at(*uri);
    if (peer == nullptr) return NextHop::refused(answer_with(480, "the registered phone has no address to dial"));
    links_.note_phone(*peer, Demand::memory, effects_.now());
    return NextHop::by({{peer}, CircuitPolicy::per_call});
  }
  const LinkId link = registrations_.link_of(contact);
  if (links_.find(link) == nullptr)
    return NextHop::refused(answer_with(480, "the link by which this phone registered is gone"));
  NextHop next = NextHop::to(Flow::over_link(link));
  next.registration = Registrations::name_of(contact);
  return next;
}

NextHop Hop::toward_peer(Message& request, Passage& passage) {
  passage.identity = request.from_uri();
  passage.caller = identities_.caller_of(request); // before a Contact that the other side wrote stands there
  if (const auto contact = contacts_.far_contact_of(request.request_uri())) request.set_request_uri(*contact);
  if (passage.token) {
    passage.caller.sealing = identity::Sealing::decode(passage.token->sealing);
    return along_dialog(*passage.token, request);
  }
  const Call* call = calls_.find(request.call_id());
  if (call != nullptr && call->peer == nullptr) call = nullptr;
  // A phone that ignores Record-Route, or whose peer left ours out, still belongs to its call: its caller is hidden as
  // he was.
  if (call != nullptr && !passage.begins) {
    passage.caller.sealing = identity::Sealing::decode(call->sealing);
    if (call->issued != 0) passage.issued = call->issued;
    return along_dialog({.peer = call->peer->name}, request);
  }
  if (!passage.begins) return NextHop::refused(answer_with(481, "a dialog that is not known here"));
  // An ACK outside every dialog acknowledges an answer that was given without state: nothing is dialled for it.
  if (request.method() == Method::ack) return NextHop::refused(answer_with(481, "nothing to acknowledge"));
  if (const auto contact = contacts_.registered_of(request.request_uri())) return toward_registered(request, *contact);
  // Outside a dialog: the first Route that is not ours, else the Request-URI (section 16.5 and 16.6 step 6). The peer
  // is that next hop; a Route that names it says nothing more to it.
  const auto routes = request.routes();
  const auto uri = routes.empty() ? sip::Uri::parse(request.request_uri()) : sip::Uri::from_name_addr(routes.front());
  request.set_routes({});
  if (uri && is_own_name(*uri, config_))
    return NextHop::refused(request.method() == Method::options
                                ? Answer{200, "OK", {}}
                                : answer_with(404, "this address is the bridge itself"));
  const auto* account = passage.caller.account;
  const bool by_home =
      account != nullptr && account->home && passage.caller.sealing.known_to == privasip::KnownTo::home;
  Way way = by_home ? router_.to_peer(*account->home) : uri ? router_.find(uri->host) : Way{};
  if (way.peers.empty()) return NextHop::refused(answer_with(404, "no [[route]] in the configuration for this domain"));
  if (call != nullptr) stay_with_peer(way, *call);
  return NextHop::by(std::move(way));
}

} // namespace sipveil::hop
