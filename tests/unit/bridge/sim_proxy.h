#pragma once

#include "bridge/sip/message.h"
#include "tests/unit/bridge/sip_builder.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sipveil::hop::test {

/// A registrar and proxy beside a bridge, as Kamailio is one: keeps the Contacts of its domain, puts itself into
/// Record-Route, sends everything on to the bridge. Stateless (RFC 3261 section 16.11), over UDP.
class SimProxy {
 public:
  /// `send` takes what goes to the bridge.
  SimProxy(std::string domain, std::string address, std::function<void(std::string)> send)
      : domain_(std::move(domain)), address_(std::move(address)), send_(std::move(send)) {}

  void receive(const std::string& bytes) {
    log.push_back(bytes);
    auto message = parsed(bytes);
    if (!message.is_request()) {
      message.pop_via();
      return send_(message.print());
    }
    if (message.method() == sip::Method::register_) return bind(message);
    forward(std::move(message));
  }

  std::vector<std::string> log;                ///< every message that it has seen
  std::map<std::string, std::string> location; ///< Contact URI by user

 private:
  void bind(const sip::Message& request) {
    const std::string uri(request.to_uri());
    location[uri.substr(4, uri.find('@') - 4)] = std::string(request.contact_uri());
    send_(reply(request, 200, "registrar", "Contact: <" + std::string(request.contact_uri()) + ">;expires=600\r\n"));
  }

  void forward(sip::Message request) {
    const std::string own = "<sip:" + address_ + ";lr>";
    auto routes = request.routes();
    if (!routes.empty() && routes.front() == own) request.pop_route();
    const std::string uri(request.request_uri());
    if (request.to_tag().empty() && uri.ends_with("@" + domain_)) {
      const auto bound = location.find(uri.substr(4, uri.find('@') - 4));
      if (bound == location.end()) return send_(reply(request, 404, "registrar"));
      request.set_request_uri(bound->second);
    }
    if (request.to_tag().empty()) request.push_record_route(own);
    // One branch for one transaction, also of a CANCEL or an ACK for a failure.
    request.push_via("SIP/2.0/UDP " + address_ + ";branch=z9hG4bKproxy" +
                     std::string(request.top_via().branch.substr(7)));
    send_(request.print());
  }

  std::string domain_;
  std::string address_;
  std::function<void(std::string)> send_;
};

} // namespace sipveil::hop::test
