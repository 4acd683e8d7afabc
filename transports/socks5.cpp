#include "transports/socks5.h"

#include "transports/socks5_error.h"
#include "transports/socks5_spec.h"

#include <arpa/inet.h>
#include <array>

namespace sipveil {
namespace {

namespace spec = socks5_spec;

std::uint8_t octet(const std::string& bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

void append_octet(std::string& bytes, std::size_t value) {
  bytes += static_cast<char>(static_cast<std::uint8_t>(value));
}

/// RFC 1929: a field of one length octet and its bytes.
void append_field(std::string& bytes, std::string_view field) {
  append_octet(bytes, field.size());
  bytes += field;
}

bool fits(std::string_view field) {
  return !field.empty() && field.size() <= spec::auth_longest_field;
}

Error malformed(std::string what) {
  return {Errc::malformed, Fault::local_service, std::move(what),
          "Check that the configured address is a SOCKS5 proxy.", false};
}

Error out_of_turn() {
  return malformed("the SOCKS proxy sent more than it was asked for");
}

/// RFC 1928 section 4: DST.ADDR and its type in front.
void append_address(std::string& bytes, const SocksTarget& target) {
  if (!target.numeric()) {
    append_octet(bytes, spec::address_name);
    append_field(bytes, target.host());
    return;
  }
  std::array<char, sizeof(in6_addr)> raw{};
  const bool v4 = ::inet_pton(AF_INET, target.host().c_str(), raw.data()) == 1;
  if (!v4) ::inet_pton(AF_INET6, target.host().c_str(), raw.data());
  append_octet(bytes, v4 ? spec::address_ipv4 : spec::address_ipv6);
  bytes.append(raw.data(), v4 ? sizeof(in_addr) : sizeof(in6_addr));
}

} // namespace

Result<Socks5Client> Socks5Client::create(SocksTarget target, std::optional<Isolation> isolation,
                                          std::string early_data, bool extended_errors) {
  if (isolation && (!fits(isolation->user) || !fits(isolation->password)))
    return Error{Errc::invalid, Fault::configuration, "the SOCKS5 user name and password must each have 1 to 255 bytes",
                 "", false};
  return Socks5Client(std::move(target), std::move(isolation), std::move(early_data), extended_errors);
}

std::string Socks5Client::start() const {
  std::string greeting;
  append_octet(greeting, spec::version);
  append_octet(greeting, 1); // one method only, so that the proxy cannot choose the one without isolation
  append_octet(greeting, isolation_ ? spec::method_user_password : spec::method_none);
  return greeting;
}

Result<Socks5Client::Step> Socks5Client::feed(std::string_view bytes) {
  received_ += bytes;
  switch (state_) {
  case State::method: return on_method();
  case State::auth: return on_auth();
  case State::reply: return on_reply();
  }
  return malformed("the SOCKS exchange is in no known state");
}

// RFC 1928 section 3: VER METHOD
Result<Socks5Client::Step> Socks5Client::on_method() {
  if (received_.empty()) return Step(NeedMore{});
  if (octet(received_, 0) != spec::version) return malformed("what listens there does not speak SOCKS5");
  if (received_.size() < 2) return Step(NeedMore{});
  const auto method = octet(received_, 1);
  if (method == spec::method_none_acceptable) {
    if (isolation_)
      return Error{Errc::unsupported, Fault::local_service,
                   "the SOCKS proxy accepts no user name and password, so calls could not have circuits of their own",
                   "Use tor's SocksPort, without NoIsolateSOCKSAuth.", false};
    return Error{Errc::auth_failed, Fault::local_service, "the SOCKS proxy wants an authentication that we do not have",
                 "Use a SOCKS5 proxy that accepts local clients.", false};
  }
  if (method != (isolation_ ? spec::method_user_password : spec::method_none))
    return malformed("the SOCKS proxy chose a method that was not offered");
  if (received_.size() > 2) return out_of_turn();
  if (!isolation_) return request();

  // RFC 1929 section 2: VER ULEN UNAME PLEN PASSWD
  std::string credentials;
  append_octet(credentials, spec::auth_version);
  append_field(credentials, isolation_->user);
  append_field(credentials, isolation_->password);
  received_.clear();
  state_ = State::auth;
  return Step(Send{std::move(credentials)});
}

// RFC 1929 section 2: VER STATUS
Result<Socks5Client::Step> Socks5Client::on_auth() {
  if (received_.empty()) return Step(NeedMore{});
  if (octet(received_, 0) != spec::auth_version)
    return malformed("the SOCKS proxy answers the user name and password in an unknown version");
  if (received_.size() < 2) return Step(NeedMore{});
  if (octet(received_, 1) != spec::auth_success)
    return Error{Errc::auth_failed, Fault::local_service, "the SOCKS proxy refused the user name and password",
                 "sipveil makes them up for isolation; use a proxy that accepts any, such as tor's SocksPort.", false};
  if (received_.size() > 2) return out_of_turn();
  return request();
}

// RFC 1928 section 4: VER CMD RSV ATYP DST.ADDR DST.PORT
Socks5Client::Step Socks5Client::request() {
  std::string bytes;
  append_octet(bytes, spec::version);
  append_octet(bytes, spec::command_connect);
  append_octet(bytes, spec::reserved);
  append_address(bytes, target_);
  append_octet(bytes, target_.port() >> 8U);
  append_octet(bytes, target_.port() & 0xffU);
  bytes += early_data_;
  early_data_.clear();
  received_.clear();
  state_ = State::reply;
  return Send{std::move(bytes)};
}

// RFC 1928 section 6: VER REP RSV ATYP BND.ADDR BND.PORT; at most 4 + 1 + 255 + 2 bytes
Result<Socks5Client::Step> Socks5Client::on_reply() {
  if (received_.empty()) return Step(NeedMore{});
  if (octet(received_, 0) != spec::version) return malformed("the SOCKS proxy replies in an unknown version");
  if (received_.size() < 2) return Step(NeedMore{});
  // The code alone decides: some proxies cut a refusal short.
  const auto code = octet(received_, 1);
  if (code != static_cast<std::uint8_t>(spec::Reply::succeeded)) return socks5_error(code, extended_errors_);
  if (received_.size() < 3) return Step(NeedMore{});
  if (octet(received_, 2) != spec::reserved)
    return malformed("the SOCKS proxy's reply has a reserved octet that is not 0");
  if (received_.size() < 4) return Step(NeedMore{});

  std::size_t address = 0;
  switch (octet(received_, 3)) {
  case spec::address_ipv4: address = sizeof(in_addr); break;
  case spec::address_ipv6: address = sizeof(in6_addr); break;
  case spec::address_name:
    if (received_.size() < 5) return Step(NeedMore{});
    address = std::size_t{1} + octet(received_, 4);
    break;
  default: return malformed("the SOCKS proxy's reply has an unknown type of address");
  }
  constexpr std::size_t header = 4;
  constexpr std::size_t port = 2;
  const std::size_t reply = header + address + port;
  if (received_.size() < reply) return Step(NeedMore{});
  return Step(Connected{received_.substr(reply)});
}

} // namespace sipveil
