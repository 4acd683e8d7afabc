#include "control/authenticator.h"

#include "base/encoding.h"
#include "control/command_line.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace sipveil::control {
namespace {

constexpr std::string_view control_port_mend = "Set [tor] control to the ControlPort or ControlSocket of tor (often "
                                               "127.0.0.1:9051 or unix:/run/tor/control), not to its SocksPort.";
constexpr std::string_view group_mend = "Add this user to group debian-tor (usermod -aG debian-tor <user>, "
                                        "then log in again) or set [tor] cookie_file.";

Error auth_error(std::string what, std::string mend) {
  return {Errc::auth_failed, Fault::local_service, std::move(what), std::move(mend), false};
}

} // namespace

Authenticator::Authenticator(std::string endpoint, Credentials credentials, RandomSource random)
    : endpoint_(std::move(endpoint)), credentials_(std::move(credentials)), random_(std::move(random)) {}

Authenticator::Step Authenticator::start() {
  state_ = State::protocolinfo;
  return Send{SecretBytes(std::string_view("PROTOCOLINFO 1"))};
}

Authenticator::Step Authenticator::on_reply(const Reply& reply) {
  switch (state_) {
  case State::protocolinfo: return choose(reply);
  case State::challenge: return challenge(reply);
  case State::authenticate: return judge(reply);
  case State::idle:
  case State::cookie: break;
  }
  return not_a_control_port();
}

Authenticator::Step Authenticator::choose(const Reply& reply) {
  auto info = parse_protocolinfo(reply);
  if (!info) {
    if (info.error().code == Errc::unsupported) return info.error();
    return not_a_control_port();
  }
  info_ = std::move(*info);
  const bool cookies = offers(AuthMethod::safecookie) || offers(AuthMethod::cookie);
  if (!cookies)
    return without_cookie(
        auth_error(fmt::format("the tor at {} offers no method of authentication that we know", endpoint_),
                   "Set CookieAuthentication 1 in torrc and restart tor."));
  if (credentials_.cookie_file) {
    cookie_file_ = *credentials_.cookie_file;
  } else if (info_.cookie_file) {
    cookie_file_ = *info_.cookie_file;
  } else {
    return without_cookie(auth_error(fmt::format("the tor at {} does not tell where its cookie file is", endpoint_),
                                     "Set [tor] cookie_file."));
  }
  state_ = State::cookie;
  return ReadCookie{cookie_file_};
}

/// Takes the best method that needs no cookie; `reason` is what to say if there is none.
Authenticator::Step Authenticator::without_cookie(Error reason) {
  if (offers(AuthMethod::hashed_password) && credentials_.password) {
    // Hex digits are allowed in place of a quoted string and need no escapes.
    return authenticate(AuthMethod::hashed_password, credentials_.password->bytes());
  }
  if (offers(AuthMethod::null)) return authenticate(AuthMethod::null, {});
  if (offers(AuthMethod::hashed_password) && !offers(AuthMethod::cookie) && !offers(AuthMethod::safecookie))
    return auth_error(fmt::format("the tor at {} asks for a password and none is configured", endpoint_),
                      "Set [tor] password_file to a file (mode 0600) that holds the password of HashedControlPassword, "
                      "or set CookieAuthentication 1 in torrc.");
  return reason;
}

Authenticator::Step Authenticator::on_cookie(Result<SecretBytes> content) {
  if (!content && content.error().code != Errc::too_large) {
    auto error =
        auth_error(fmt::format("tor's cookie file cannot be read: {}", content.error().what), std::string(group_mend));
    return without_cookie(std::move(error));
  }
  if (!content || content->size() != cookie_size) {
    return without_cookie(
        auth_error(fmt::format("the cookie file {} is not {} bytes long", cookie_file_.string(), cookie_size),
                   "Let [tor] cookie_file name the file that this tor writes, or remove the setting."));
  }
  if (!offers(AuthMethod::safecookie)) return authenticate(AuthMethod::cookie, content->bytes());
  cookie_ = std::move(*content);
  random_(client_nonce_);
  method_ = AuthMethod::safecookie;
  state_ = State::challenge;
  return Send{SecretBytes(std::string_view("AUTHCHALLENGE SAFECOOKIE " + hex_encode(client_nonce_)))};
}

Authenticator::Step Authenticator::challenge(const Reply& reply) {
  const auto answer = parse_authchallenge(reply);
  if (!answer) return answer.error();
  const auto expected = safecookie_server_hash(cookie_, client_nonce_, answer->server_nonce);
  if (!equal_in_constant_time(expected, answer->server_hash))
    return auth_error(
        fmt::format("the server at {} does not know the cookie in {}", endpoint_, cookie_file_.string()),
        "Either [tor] cookie_file belongs to another tor, or what listens there is not the tor that wrote "
        "it: find out which program it is.");
  const auto proof = safecookie_client_hash(cookie_, client_nonce_, answer->server_nonce);
  cookie_ = SecretBytes();
  return authenticate(AuthMethod::safecookie, proof);
}

Authenticator::Step Authenticator::authenticate(AuthMethod method, std::span<const unsigned char> proof) {
  method_ = method;
  state_ = State::authenticate;
  if (proof.empty() && method != AuthMethod::hashed_password)
    return Send{SecretBytes(std::string_view("AUTHENTICATE"))};
  auto digits = hex_encode(proof);
  // An empty password has no hex form.
  auto line = join_secret({"AUTHENTICATE ", digits.empty() ? std::string_view("\"\"") : std::string_view(digits)});
  OPENSSL_cleanse(digits.data(), digits.size());
  return Send{std::move(line)};
}

Authenticator::Step Authenticator::judge(const Reply& reply) {
  if (reply.ok()) {
    credentials_.password.reset();
    return Done{method_, info_.version};
  }
  return refused_error(reply);
}

Error Authenticator::refused_error(const Reply& reply) const {
  switch (method_) {
  case AuthMethod::hashed_password:
    return auth_error(fmt::format("the tor at {} refused our password", endpoint_),
                      "Put into [tor] password_file the password whose hash (tor --hash-password) is tor's "
                      "HashedControlPassword.");
  case AuthMethod::cookie:
  case AuthMethod::safecookie:
    return auth_error(fmt::format("the tor at {} refused the cookie of {}", endpoint_, cookie_file_.string()),
                      "Let [tor] cookie_file name the file that this tor writes, or remove the setting.");
  case AuthMethod::null: break;
  }
  auto error = refusal("AUTHENTICATE", reply);
  error.mend = "Set CookieAuthentication 1 in torrc and restart tor.";
  return error;
}

Error Authenticator::on_connection_error(const Error& cause) const {
  if (state_ != State::protocolinfo) return cause;
  auto error = cause;
  if (cause.code == Errc::malformed || cause.code == Errc::closed || cause.code == Errc::too_large) {
    error = not_a_control_port();
    // A tor that is just going down ends the stream as well.
    error.retry = cause.code == Errc::closed;
  } else if (cause.code == Errc::timed_out) {
    error.mend = control_port_mend;
  }
  return error;
}

Error Authenticator::not_a_control_port() const {
  return {Errc::unsupported, Fault::configuration, fmt::format("the socket {} is not a tor control port", endpoint_),
          std::string(control_port_mend), false};
}

} // namespace sipveil::control
