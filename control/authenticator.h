#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "control/authchallenge.h"
#include "control/protocolinfo.h"
#include "control/reply.h"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace sipveil::control {

/// What we can show to tor.
struct Credentials {
  std::optional<SecretBytes> password;              ///< for HASHEDPASSWORD
  std::optional<std::filesystem::path> cookie_file; ///< takes the place of the path that PROTOCOLINFO names
};

/// Authenticates to a control port (control-spec sections 3.5, 3.21 and 3.24), without I/O: every call
/// returns what the driver has to do next.
///
/// Order of preference: SAFECOOKIE, COOKIE, HASHEDPASSWORD if there is a password, NULL. A cookie that cannot
/// be read makes way for the next method; a wrong server hash never does, since the other end is then not the
/// tor that wrote the cookie and must be shown nothing.
class Authenticator {
 public:
  /// Send this line, then call `on_reply` with the answer.
  struct Send {
    SecretBytes line;
  };
  /// Read this file, then call `on_cookie`.
  struct ReadCookie {
    std::filesystem::path file;
  };
  /// Commands may follow now.
  struct Done {
    AuthMethod method = AuthMethod::null;
    std::string tor_version; ///< as PROTOCOLINFO told it; may be empty
  };
  using Step = std::variant<Send, ReadCookie, Done, Error>;

  /// `endpoint` is the text of the control port's address, for errors.
  Authenticator(std::string endpoint, Credentials credentials, RandomSource random = fill_random);

  [[nodiscard]] Step start();
  [[nodiscard]] Step on_reply(const Reply& reply);
  [[nodiscard]] Step on_cookie(Result<SecretBytes> content);
  /// The error to show when the connection failed with `cause` before `Done`: bytes that are no control
  /// protocol, an end of the stream, silence.
  [[nodiscard]] Error on_connection_error(const Error& cause) const;

 private:
  enum class State { idle, protocolinfo, cookie, challenge, authenticate };

  [[nodiscard]] Step choose(const Reply& reply);
  [[nodiscard]] Step without_cookie(Error reason);
  [[nodiscard]] Step challenge(const Reply& reply);
  [[nodiscard]] Step authenticate(AuthMethod method, std::span<const unsigned char> proof);
  [[nodiscard]] Step judge(const Reply& reply);
  [[nodiscard]] Error not_a_control_port() const;
  [[nodiscard]] Error refused_error(const Reply& reply) const;
  [[nodiscard]] bool offers(AuthMethod method) const { return info_.methods.contains(method); }

  std::string endpoint_;
  Credentials credentials_;
  RandomSource random_;
  State state_ = State::idle;
  ProtocolInfo info_;
  AuthMethod method_ = AuthMethod::null;
  std::filesystem::path cookie_file_;
  SecretBytes cookie_;
  Hash32 client_nonce_{};
};

} // namespace sipveil::control
