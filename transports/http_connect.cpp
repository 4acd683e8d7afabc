#include "transports/http_connect.h"

#include "base/encoding.h"
#include "transports/http_connect_error.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

namespace sipveil {
namespace {

// tor accepts request headers of 8 KiB itself; proxies reply with a few hundred bytes.
constexpr std::size_t max_reply_header = 8192;
// RFC 9112 section 4: HTTP-version SP status-code SP [ reason-phrase ]. The minor version says nothing that we need.
constexpr std::string_view version = "HTTP/1.";
constexpr std::size_t status_at = version.size() + 2;
constexpr std::size_t status_digits = 3;

Error malformed(std::string what) {
  return {Errc::malformed, Fault::local_service, std::move(what),
          "Check that the configured address is an HTTP proxy: tor's HTTPTunnelPort, or i2pd's HTTP proxy.", false};
}

std::string base64(std::string_view text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0'); // OpenSSL ends it with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), as_bytes(text).data(),
                                     static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

/// RFC 9112 section 2.2: lines end in CRLF, a lone LF may be taken for one. npos: not all here yet.
std::size_t end_of_header(std::string_view text) {
  for (std::size_t line = 0;;) {
    const auto end = text.find('\n', line);
    if (end == std::string_view::npos) return std::string_view::npos;
    const auto content = text.substr(line, end - line);
    if (content.empty() || content == "\r") return end + 1;
    line = end + 1;
  }
}

/// The status of a whole status line or of what there is of one; nullopt: truncated. Errors: malformed.
Result<std::optional<unsigned>> read_status(std::string_view text) {
  const auto known = std::min(text.size(), version.size());
  if (text.substr(0, known) != version.substr(0, known)) return malformed("what listens there does not speak HTTP/1");
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() > version.size() && !is_digit(version.size())) return malformed("the HTTP version cannot be read");
  if (text.size() > version.size() + 1 && text[version.size() + 1] != ' ')
    return malformed("the status line is not one of HTTP/1");
  unsigned status = 0;
  for (std::size_t at = status_at; at < status_at + status_digits; ++at) {
    if (at >= text.size()) return std::optional<unsigned>();
    if (!is_digit(at)) return malformed("the status of the HTTP proxy is not a number");
    status = 10 * status + static_cast<unsigned>(text[at] - '0');
  }
  // Some leave the space away with the phrase.
  constexpr std::size_t behind = status_at + status_digits;
  if (text.size() == behind) return std::optional<unsigned>();
  if (std::string_view(" \r\n").find(text[behind]) == std::string_view::npos)
    return malformed("the status of the HTTP proxy has more than three digits");
  return std::optional<unsigned>(status);
}

} // namespace

Result<HttpConnectClient> HttpConnectClient::create(std::string target, const std::optional<Isolation>& isolation) {
  const auto ends_the_line = [](char c) { return c <= ' ' || c == '\x7f'; };
  if (target.empty() || std::any_of(target.begin(), target.end(), ends_the_line))
    return Error{Errc::invalid, Fault::configuration, "the target of CONNECT is no host and port", "", false};
  // RFC 9112 section 3.2.3: the target in authority form, and the same in Host.
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (isolation)
    request +=
        fmt::format("Proxy-Authorization: Basic {}\r\n", base64("tor:" + isolation->user + ':' + isolation->password));
  request += "\r\n";
  return HttpConnectClient(std::move(request));
}

Result<HttpConnectClient::Step> HttpConnectClient::feed(std::string_view bytes) {
  received_ += bytes;
  for (;;) {
    if (received_.empty()) return Step(NeedMore{});
    const auto status = read_status(received_);
    if (!status) return status.error();
    // The status alone decides: what follows a refusal is a page for people.
    if (*status && **status >= 300) return http_connect_error(**status);
    if (*status && **status < 100) return malformed("the status of the HTTP proxy is none");
    const auto end = *status ? end_of_header(received_) : std::string_view::npos;
    if (std::min(end, received_.size()) > max_reply_header)
      return Error{Errc::too_large, Fault::local_service,
                   fmt::format("the reply header of the HTTP proxy exceeds {} bytes", max_reply_header),
                   "Check that the configured address is an HTTP proxy.", false};
    if (end == std::string_view::npos) return Step(NeedMore{});
    // RFC 9110 section 9.3.6: what follows the header of a 2xx is the tunnel, whatever its fields say.
    if (**status >= 200) return Step(Connected{received_.substr(end)});
    received_.erase(0, end); // section 15.2: an interim response
  }
}

} // namespace sipveil
