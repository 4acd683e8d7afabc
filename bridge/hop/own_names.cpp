#include "bridge/hop/own_names.h"

#include "base/random.h"

#include <algorithm>

namespace sipveil::hop {
namespace {

std::string bracketed(const HostPort& listen) {
  return listen.host().find(':') == std::string::npos ? listen.host() : "[" + listen.host() + "]";
}

} // namespace

std::string new_branch() {
  return "z9hG4bK" + random_hex(16);
}

std::string own_route(std::string_view host, std::string_view token, bool tcp) {
  std::string value = "<sip:";
  value += host;
  if (tcp) value += ";transport=tcp";
  value += ";lr;";
  value += token_parameter;
  value += '=';
  value += token;
  value += '>';
  return value;
}

OwnRoute take_own_routes(sip::Message& request, const RouteTokens& tokens, Effects& effects, const Flow& from) {
  const auto today = static_cast<unsigned>(effects.unix_time() / 86'400);
  OwnRoute own;
  // A strict router before us (RFC 2543) has put our Record-Route into the Request-URI and the real one last
  // (section 16.4).
  if (const auto target = sip::Uri::parse(request.request_uri()); target && target->param(token_parameter)) {
    auto routes = request.routes();
    own.token = tokens.open(*target->param(token_parameter), request.call_id(), today);
    if (own.token && !routes.empty()) {
      const auto last = sip::Uri::from_name_addr(routes.back());
      if (last) request.set_request_uri(last->text());
      routes.pop_back();
      request.set_routes(routes);
      return own;
    }
  }
  // Two of ours may stand there when both ends of a call use this very bridge; more is nothing a bridge writes.
  for (int taken = 0; taken < 2 && !own.token; ++taken) {
    const auto routes = request.routes();
    if (routes.empty()) return own;
    const auto uri = sip::Uri::from_name_addr(routes.front());
    if (!uri) return own;
    if (const auto text = uri->param(token_parameter)) {
      own.token = tokens.open(*text, request.call_id(), today);
      if (own.token) {
        request.pop_route();
        return own;
      }
      own.broken = from.inner() || uri->host == outer_name;
      return own;
    }
    // A phone's outbound proxy setting: names us, carries nothing.
    if (!from.inner() || uri->host + ":" + (uri->port.empty() ? "5060" : uri->port) != effects.inner_name(from))
      return own;
    request.pop_route();
  }
  return own;
}

bool is_own_name(const sip::Uri& uri, const Config& config) {
  const std::string port = uri.port.empty() ? "5060" : uri.port;
  const auto& listens = config.inner.listen;
  return std::any_of(listens.begin(), listens.end(), [&](const HostPort& listen) {
    return uri.host == bracketed(listen) && port == std::to_string(listen.port());
  });
}

std::uint8_t listener_for(const InnerAddress& address, const Config& config) {
  for (std::size_t i = 0; i < config.inner.listen.size(); ++i) {
    const bool v6 = config.inner.listen[i].host().find(':') != std::string::npos;
    if (v6 == address.v6) return static_cast<std::uint8_t>(i);
  }
  return 0;
}

} // namespace sipveil::hop
