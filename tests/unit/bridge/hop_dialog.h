#pragma once

#include "tests/unit/bridge/hop_script.h"

#include <string>

namespace sipveil::hop::test {

/// A request of the phone inside the dialog of call-1.
inline Request in_dialog(const std::string& method, const std::string& route,
                         const std::string& branch = "z9hG4bKdialog") {
  return {.method = method,
          .uri = "sip:bob@192.0.2.9:5070",
          .via = "SIP/2.0/UDP 127.0.0.1:5062;rport;branch=" + branch,
          .to = to_bob(),
          .cseq = method == "ACK" ? 1U : 2U,
          .extra = route.empty() ? "" : "Route: " + route + "\r\n"};
}

/// A request of the far end inside the dialog of call-1, as its hop sends it.
inline Request of_far_end(std::string method, std::string route) {
  return {.method = std::move(method),
          .uri = "sip:alice@anonymous.invalid",
          .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKfar",
          .from = "<sip:bob@bob.example>;tag=b",
          .to = "<sip:alice@alice.example>;tag=" + wire("a"),
          .call_id = wire("call-1"),
          .extra = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK9\r\n" + (route.empty() ? "" : "Route: " + route + "\r\n")};
}

/// An outbound call that stands, behind a proxy of the far end; `phone_route` and `peer_route` are what its ends put
/// into Route, `far_contact` is where the phone sends its requests to.
struct Outbound {
  explicit Outbound(const Request& request = {}, const Flow& from = udp_phone())
      : link(hop.invite_over_link(request, from)) {
    peer_route = hop.invite.record_routes()[0];
    hop.peer(link, make_response(hop.invite, 200, "OK", "b",
                                 "Contact: <sip:bob@192.0.2.9:5070>\r\nRecord-Route: <sip:proxy.far.example;lr>, " +
                                     peer_route + "\r\n"));
    const auto ok = hop.to_phone().message.clone();
    phone_route = ok.record_routes().at(0);
    far_contact = std::string(ok.contact_uri());
    hop.phone(in_dialog("ACK", phone_route, "z9hG4bKack").text(), from);
    hop.forget();
  }
  Script hop;
  LinkId link;
  std::string far_contact;
  std::string phone_route;
  std::string peer_route;
};

/// The same for a call that came in.
struct Inbound {
  Inbound() {
    hop.peer(link, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKpeer",
                           .extra = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
                                    "Record-Route: <sip:anonymous.invalid;lr;sv=foreign>\r\n"
                                    "Contact: <sip:alice@10.0.0.1>\r\n"}
                       .text());
    const auto invite = hop.to_phone().message.clone();
    phone_route = invite.record_routes().at(0);
    far_contact = std::string(invite.contact_uri());
    hop.phone(reply(invite, 200), udp_phone(5070));
    peer_route = hop.to_link(link).message.record_routes()[0];
  }
  Request of_phone(const std::string& method) const {
    Request request = in_dialog(method, phone_route);
    request.uri = far_contact;
    request.via = "SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bKphone";
    request.from = "<sip:bob@bob.example>;tag=b";
    request.to = "<sip:alice@alice.example>;tag=" + inner("a");
    request.call_id = inner("call-1");
    return request;
  }
  Request of_peer(const std::string& method) const {
    Request request = in_dialog(method, peer_route);
    request.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bK" + method;
    request.to = "<sip:bob@bob.example>;tag=" + wire("b");
    request.extra += "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2\r\n";
    return request;
  }
  Script hop;
  LinkId link = hop.accept();
  std::string far_contact;
  std::string phone_route;
  std::string peer_route;
};

} // namespace sipveil::hop::test
