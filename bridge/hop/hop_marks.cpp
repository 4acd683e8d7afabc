// Our own marks on a request that crosses: Max-Forwards, Record-Route with its token, Via. RFC 3261 section 16.6 steps
// 3, 4 and 8.
#include "bridge/hop/hop.h"
#include "bridge/hop/own_names.h"

namespace sipveil::hop {
namespace {

using sip::Message;
using sip::Method;

/// Section 16.6 step 3: what a request without Max-Forwards gets.
constexpr unsigned default_max_forwards = 70;

bool opens_dialog(const Message& request) {
  const Method method = request.method();
  return request.to_tag().empty() && (method == Method::invite || method == Method::subscribe ||
                                      method == Method::refer || method == Method::notify);
}

} // namespace

RouteToken Hop::make_token(const Passage& passage) {
  const Flow inner = passage.inner();
  RouteToken token;
  token.opened_inside = passage.outward;
  token.for_wire = passage.outward;
  token.listener = inner.listener;
  token.issued = passage.issued;
  if (!passage.outward) {
    token.sealing = passage.caller.sealing.encode(); // of what our side will say in it
    token.sealed_parties = passage.sealed_parties;
    token.origin = RouteToken::Origin::tunnel;
    token.phone = inner.address;
    token.carrier = inner.carrier;
    token.link = passage.from.id;
    // A call that came over a link of ours (a registration's): its peer can be dialled.
    if (const Link* link = links_.find(passage.from.id); link != nullptr && link->peer != nullptr)
      token.peer = link->peer->name;
    return token;
  }
  token.sealing = passage.caller.sealing.encode();
  token.phone = passage.phone;
  token.carrier = passage.phone_carrier;
  if (passage.next.way.peers.empty()) {
    token.origin = RouteToken::Origin::tunnel;
    token.link = passage.next.flow->id;
    token.peer = passage.next.registration;
  } else {
    token.peer = passage.next.way.peers.front()->name;
  }
  return token;
}

void Hop::add_ourselves(Message& request, const Passage& passage, const std::string& branch, Exchange* exchange) {
  const auto hops = request.max_forwards();
  request.set_max_forwards(hops ? *hops - 1 : default_max_forwards);
  const Flow inner = passage.inner();
  if (exchange != nullptr && opens_dialog(request)) {
    // The other side sees one entry, ours; those that came stand sealed in it (and in clear in the answer that goes
    // back).
    RouteToken token = make_token(passage);
    token.routes = request.record_routes();
    token.from_uri = passage.originals.from_uri;
    token.to_uri = passage.originals.to_uri;
    exchange->route_token = tokens_.seal(token, request.call_id(), today());
    if (token.origin == RouteToken::Origin::tunnel && !passage.outward)
      exchange->moved_key = links_.moved_key(calls_.key_of(request.call_id()), token.link);
    exchange->token = std::move(token);
    request.set_record_routes({own_route(passage.outward ? outer_name : effects_.inner_name(inner),
                                         exchange->route_token, !passage.outward && inner.carrier == Carrier::tcp)});
  } else {
    request.set_record_routes({}); // where no dialog opens they mean nothing (section 12.2), and tell of who wrote them
  }
  // Who stands before us is nobody's business behind us; the answer gets its Vias back from memory.
  request.drop_vias();
  if (passage.outward) {
    request.push_via("SIP/2.0/TCP " + std::string(outer_name) + ";branch=" + branch);
  } else {
    const std::string_view transport = inner.carrier == Carrier::tcp ? "TCP " : "UDP ";
    request.push_via("SIP/2.0/" + std::string(transport) + std::string(effects_.inner_name(inner)) +
                     ";rport;branch=" + branch);
  }
}

} // namespace sipveil::hop
