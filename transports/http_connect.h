#pragma once

#include "base/error.h"
#include "transports/isolation.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sipveil {

/// The client's side of HTTP CONNECT (RFC 9110 section 9.3.6, RFC 9112) without sockets: received bytes in, the one
/// request out.
///
/// The first bytes of the stream follow only after the proxy's 2xx: i2pd 2.45 drops what comes in one segment with the
/// request, tor takes it for the request's body and drops it too.
///
/// An isolation goes as `Proxy-Authorization: Basic` (RFC 7617) of the user "tor", which tor 0.4.9 and later ask for
/// (proposal 365), and of the whole credential as password; older tors take the field as it is for an isolation key.
class HttpConnectClient {
 public:
  struct NeedMore {}; ///< truncated so far: feed what comes next
  struct Connected {
    std::string rest;
  }; ///< done; `rest` are the first bytes of the stream itself
  using Step = std::variant<NeedMore, Connected>;

  /// `target`: host:port, sent as it is; names are the proxy's to resolve. Errors: invalid for a target with characters
  /// that could end the request line.
  [[nodiscard]] static Result<HttpConnectClient> create(std::string target, const std::optional<Isolation>& isolation);

  /// The request; to be written first.
  [[nodiscard]] const std::string& start() const { return request_; }

  /// Takes received bytes. Errors: malformed (not HTTP/1), too_large (a reply header of more than 8 KiB), and what
  /// http_connect_error() says of a refusal, as soon as its status line is there. After an error or Connected the
  /// machine is used up.
  [[nodiscard]] Result<Step> feed(std::string_view bytes);

 private:
  explicit HttpConnectClient(std::string request) : request_(std::move(request)) {}

  std::string request_;
  std::string received_;
};

} // namespace sipveil
