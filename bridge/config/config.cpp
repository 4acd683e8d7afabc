#include "bridge/config/config.h"

#include <algorithm>

namespace sipveil {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

} // namespace

const PeerConfig* Config::find_peer(std::string_view wanted) const {
  const auto found = std::ranges::find(peers, wanted, &PeerConfig::name);
  return found == peers.end() ? nullptr : &*found;
}

const AccountConfig* Config::find_account(std::string_view user, std::string_view host) const {
  const auto found = std::ranges::find_if(accounts, [&](const AccountConfig& account) {
    return account.user == user && equal_ignoring_case(account.host, host);
  });
  return found == accounts.end() ? nullptr : &*found;
}

std::string_view name(Role role) {
  switch (role) {
  case Role::phone: return "phone";
  case Role::proxy: return "proxy";
  }
  return "?";
}

std::string_view name(InnerTransport transport) {
  switch (transport) {
  case InnerTransport::udp: return "udp";
  case InnerTransport::tcp: return "tcp";
  }
  return "?";
}

std::string_view name(CircuitPolicy policy) {
  switch (policy) {
  case CircuitPolicy::per_call: return "per-call";
  case CircuitPolicy::per_identity: return "per-identity";
  case CircuitPolicy::per_peer: return "per-peer";
  case CircuitPolicy::shared: return "shared";
  }
  return "?";
}

std::string text(const Via& via) {
  struct Spelling {
    std::string operator()(const ViaTor&) const { return "tor"; }
    std::string operator()(const ViaDirect&) const { return "direct"; }
    std::string operator()(const ViaSocks& socks) const { return "socks:" + socks.endpoint.text(); }
    std::string operator()(const ViaI2p&) const { return "i2p"; }
    std::string operator()(const ViaHttp& http) const { return "http:" + http.endpoint.text(); }
  };
  return std::visit(Spelling{}, via);
}

} // namespace sipveil
