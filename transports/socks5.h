#pragma once

#include "base/error.h"
#include "transports/address.h"
#include "transports/isolation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sipveil {

/// What a SOCKS5 proxy is asked to connect to. A name is sent as a name (ATYP 3) and never resolved here;
/// only what was numeric from the beginning goes as an address (ATYP 1 or 4).
class SocksTarget {
 public:
  explicit SocksTarget(const TorPeer& peer) : host_(peer.onion.host()), port_(peer.port) {}
  explicit SocksTarget(const HostPort& target)
      : host_(target.host()), port_(target.port()), numeric_(target.numeric()) {}

  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] bool numeric() const { return numeric_; }

 private:
  std::string host_;
  std::uint16_t port_;
  bool numeric_ = false;
};

/// The client's side of a SOCKS5 CONNECT (RFC 1928, RFC 1929) without sockets: received bytes in, bytes to
/// send out.
///
/// With an isolation only user/password is offered: a proxy that would fall back to "no authentication" would
/// put the call on a circuit of others, so such a proxy is an error. Nothing of `early_data` is handed out
/// before the proxy has answered as a SOCKS5 proxy; then it goes in one piece with the CONNECT request, ahead
/// of the reply (tor's socks-extensions, "Optimistic data").
class Socks5Client {
 public:
  struct NeedMore {}; ///< truncated so far: feed what comes next
  struct Send {
    std::string bytes;
  }; ///< write this, then feed what comes next
  struct Connected {
    std::string rest;
  }; ///< done; `rest` are the first bytes of the stream itself
  using Step = std::variant<NeedMore, Send, Connected>;

  /// Errors: invalid for an isolation whose fields are empty or longer than 255 bytes.
  [[nodiscard]] static Result<Socks5Client> create(SocksTarget target, std::optional<Isolation> isolation,
                                                   std::string early_data, bool extended_errors);

  /// The greeting; to be written first.
  [[nodiscard]] std::string start() const;

  /// Takes received bytes; at most one step comes of them. Errors: malformed (not SOCKS5, or out of turn),
  /// auth_failed, unsupported, and what socks5_error() says of a refusal. After an error or Connected the
  /// machine is used up.
  [[nodiscard]] Result<Step> feed(std::string_view bytes);

  /// The CONNECT request has been handed out: from here on silence is the overlay's, before it the proxy's.
  [[nodiscard]] bool requested() const { return state_ == State::reply; }

 private:
  enum class State { method, auth, reply };
  Socks5Client(SocksTarget target, std::optional<Isolation> isolation, std::string early_data, bool extended_errors)
      : target_(std::move(target)), isolation_(std::move(isolation)), early_data_(std::move(early_data)),
        extended_errors_(extended_errors) {}

  Result<Step> on_method();
  Result<Step> on_auth();
  Result<Step> on_reply();
  Step request();

  SocksTarget target_;
  std::optional<Isolation> isolation_;
  std::string early_data_;
  bool extended_errors_;
  State state_ = State::method;
  std::string received_;
};

} // namespace sipveil
