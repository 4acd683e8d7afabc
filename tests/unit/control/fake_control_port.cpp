#include "tests/unit/control/fake_control_port.h"

#include "base/encoding.h"
#include "base/secret.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace sipveil::testing {
namespace {

using Local = asio::local::stream_protocol;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Any 32 bytes do; a constant keeps failures repeatable.
const Bytes server_nonce(32, 0x5a);

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::string replaced(std::string text, const std::string& id) {
  if (const auto at = text.find("{}"); at != std::string::npos) text.replace(at, 2, id);
  return text;
}

} // namespace

/// One connection.
struct FakeControlPort::Session {
  Session(FakeControlPort& fake, Local::socket accepted) : owner(fake), socket(std::move(accepted)) {}

  FakeControlPort& owner;
  Local::socket socket;
  bool authenticated = false;
  bool asked_protocolinfo = false;
  Bytes client_nonce;
  std::set<std::string> events;

  std::string answer(const std::string& name, const std::string& rest);
  std::string protocolinfo();
  std::string authchallenge(const std::string& rest);
  std::string authenticate(const std::string& rest);
  std::string getinfo(const std::string& key) const;
  [[nodiscard]] std::string close_circuit(const std::string& rest) const;
  [[nodiscard]] std::string getconf(const std::string& name) const;
  [[nodiscard]] std::string detached_onions() const;
  std::string add_onion(const std::string& rest);
  [[nodiscard]] std::string del_onion(const std::string& id) const;
  [[nodiscard]] bool proof_is_right(const std::string& rest) const;
  void violation(std::string text) const { owner.violations.push_back(std::move(text)); }
};

/// Shared with the coroutines, which can outlive the fake by one turn of the io_context.
struct FakeControlPort::State {
  explicit State(asio::io_context& io) : acceptor(io) {}
  FakeControlPort* owner = nullptr;
  Local::acceptor acceptor;
  std::vector<std::shared_ptr<Session>> sessions;

  static asio::awaitable<void> accept(std::shared_ptr<State> self);
  static asio::awaitable<void> serve(std::shared_ptr<State> self, std::shared_ptr<Session> session);
};

asio::awaitable<void> FakeControlPort::State::accept(std::shared_ptr<State> self) {
  for (;;) {
    auto [code, socket] = co_await self->acceptor.async_accept(as_result);
    if (code || self->owner == nullptr) co_return;
    ++self->owner->connections;
    auto session = std::make_shared<Session>(*self->owner, std::move(socket));
    self->sessions.push_back(session);
    asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(session)), asio::detached);
  }
}

asio::awaitable<void> FakeControlPort::State::serve(std::shared_ptr<State> self, std::shared_ptr<Session> session) {
  std::string buffer;
  for (;;) {
    const auto [code, size] =
        co_await asio::async_read_until(session->socket, asio::dynamic_buffer(buffer), "\r\n", as_result);
    if (code || self->owner == nullptr) break;
    const auto line = buffer.substr(0, size - 2);
    buffer.erase(0, size);
    self->owner->commands.push_back(line);
    const auto space = std::min(line.find(' '), line.size());
    const auto command = line.substr(0, space);
    const auto faults = self->owner->behaviour.faults;
    const auto fault = faults.contains(command) ? faults.at(command) : Misbehaviour::none;
    if (fault == Misbehaviour::silence) continue;
    if (fault == Misbehaviour::close) break;
    std::string reply;
    if (fault == Misbehaviour::garbage) {
      reply = "HTTP/1.0 501 this is no control port\r\n";
    } else if (fault == Misbehaviour::refuse) {
      reply = "551 Internal error\r\n";
    } else {
      reply = session->answer(command, line.substr(std::min(space + 1, line.size())));
    }
    const auto [failed, written] = co_await asio::async_write(session->socket, asio::buffer(reply), as_result);
    // Tor ends the connection after a refused authentication.
    if (failed || reply.starts_with("515")) break;
  }
  boost::system::error_code ignored;
  session->socket.close(ignored);
  std::erase(self->sessions, session);
}

std::string FakeControlPort::Session::answer(const std::string& name, const std::string& rest) {
  if (name == "PROTOCOLINFO") return protocolinfo();
  if (name == "AUTHCHALLENGE") return authchallenge(rest);
  if (name == "AUTHENTICATE") return authenticate(rest);
  if (!authenticated) {
    violation(name + " before AUTHENTICATE");
    return "514 Authentication required.\r\n";
  }
  if (name == "SETEVENTS") {
    events.clear();
    for (std::size_t begin = 0; begin < rest.size();) {
      const auto end = std::min(rest.find(' ', begin), rest.size());
      events.insert(rest.substr(begin, end - begin));
      begin = end + 1;
    }
    return "250 OK\r\n";
  }
  if (name == "GETINFO") return getinfo(rest);
  if (name == "ADD_ONION") return add_onion(rest);
  if (name == "CLOSECIRCUIT") return close_circuit(rest);
  if (name == "GETCONF") return getconf(rest);
  if (name == "ONION_CLIENT_AUTH_ADD") return "252 Registered client and decrypted desc\r\n";
  if (name == "ONION_CLIENT_AUTH_REMOVE") return "251 No credentials\r\n";
  if (name == "DEL_ONION") return del_onion(rest);
  if (name == "TAKEOWNERSHIP") return "250 OK\r\n";
  return "510 Unrecognized command \"" + name + "\"\r\n";
}

std::string FakeControlPort::Session::protocolinfo() {
  if (asked_protocolinfo) violation("PROTOCOLINFO twice");
  asked_protocolinfo = true;
  const auto& told = owner.behaviour;
  std::string line = "250-AUTH METHODS=";
  for (const auto& method : told.methods)
    line += (line.ends_with('=') ? "" : ",") + method;
  if (!told.cookie_file.empty()) line += " COOKIEFILE=\"" + told.cookie_file + "\"";
  return "250-PROTOCOLINFO 1\r\n" + line + "\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n";
}

std::string FakeControlPort::Session::authchallenge(const std::string& rest) {
  const auto nonce = rest.starts_with("SAFECOOKIE ") ? hex_decode(rest.substr(11)) : std::nullopt;
  if (!nonce || nonce->size() != 32) {
    violation("AUTHCHALLENGE without a nonce of 32 bytes");
    return "513 Invalid base16 client nonce\r\n";
  }
  client_nonce = *nonce;
  const SecretBytes cookie{std::string_view(owner.behaviour.cookie)};
  auto hash = control::safecookie_server_hash(cookie, client_nonce, server_nonce);
  if (owner.behaviour.wrong_server_hash) hash[31] ^= 1U;
  return fmt::format("250 AUTHCHALLENGE SERVERHASH={} SERVERNONCE={}\r\n", upper(hex_encode(hash)),
                     upper(hex_encode(server_nonce)));
}

bool FakeControlPort::Session::proof_is_right(const std::string& rest) const {
  const auto& told = owner.behaviour;
  if (rest.empty()) return told.methods.contains("NULL");
  const auto proof = hex_decode(rest);
  if (!proof) return false;
  const SecretBytes cookie{std::string_view(told.cookie)};
  if (!client_nonce.empty()) {
    const auto expected = control::safecookie_client_hash(cookie, client_nonce, server_nonce);
    return std::equal(proof->begin(), proof->end(), expected.begin(), expected.end());
  }
  if (told.methods.contains("COOKIE") && as_text(*proof) == told.cookie) {
    if (told.methods.contains("SAFECOOKIE")) violation("the cookie was sent in the clear beside SAFECOOKIE");
    return true;
  }
  return told.methods.contains("HASHEDPASSWORD") && as_text(*proof) == told.password;
}

std::string FakeControlPort::Session::authenticate(const std::string& rest) {
  if (!asked_protocolinfo) violation("AUTHENTICATE before PROTOCOLINFO");
  if (owner.behaviour.wrong_server_hash && !client_nonce.empty()) violation("a proof was shown to an impostor");
  authenticated = proof_is_right(rest);
  return authenticated ? "250 OK\r\n" : "515 Authentication failed: it does not match\r\n";
}

std::string FakeControlPort::Session::getinfo(const std::string& key) const {
  const auto& told = owner.behaviour;
  if (key == "onions/detached") return detached_onions();
  if (const auto data = told.data_info.find(key); data != told.data_info.end())
    return fmt::format("250+{}=\r\n{}.\r\n250 OK\r\n", key, data->second);
  const auto found = told.info.find(key);
  if (found == told.info.end()) return fmt::format("552 Unrecognized key \"{}\"\r\n", key);
  return fmt::format("250-{}={}\r\n250 OK\r\n", key, found->second);
}

std::string FakeControlPort::Session::close_circuit(const std::string& rest) const {
  const auto id = rest.substr(0, rest.find(' '));
  if (owner.behaviour.circuits.erase(id) == 0) return fmt::format("552 Unknown circuit \"{}\"\r\n", id);
  return "250 OK\r\n";
}

std::string FakeControlPort::Session::getconf(const std::string& name) const {
  const auto found = owner.behaviour.options.find(name);
  if (found == owner.behaviour.options.end()) return fmt::format("552 Unrecognized configuration key \"{}\"\r\n", name);
  return "250 " + found->second + "\r\n";
}

std::string FakeControlPort::Session::add_onion(const std::string& rest) {
  auto& told = owner.behaviour;
  if (!events.contains("HS_DESC")) violation("ADD_ONION before SETEVENTS HS_DESC");
  if (rest.starts_with("NEW:")) violation("ADD_ONION with NEW: the key would be at tor first");
  if (rest.find(" Flags=Detach") == std::string::npos) violation("ADD_ONION without Detach");
  const bool taken = told.collisions > 0;
  if (taken) --told.collisions;
  if (taken || !told.detached.insert(told.service_id).second) return "550 Onion address collision\r\n";
  std::string reply = "250-ServiceID=" + told.service_id + "\r\n250 OK\r\n";
  for (const auto& event : told.after_add_onion)
    reply += "650 " + replaced(event, told.service_id) + "\r\n";
  return reply;
}

std::string FakeControlPort::Session::del_onion(const std::string& id) const {
  return owner.behaviour.detached.erase(id) == 0 ? "552 Unknown Onion Service id\r\n" : "250 OK\r\n";
}

/// As tor: one or none on the line, more in a data block.
std::string FakeControlPort::Session::detached_onions() const {
  const auto& ids = owner.behaviour.detached;
  if (ids.size() < 2) return fmt::format("250-onions/detached={}\r\n250 OK\r\n", fmt::join(ids, ""));
  return fmt::format("250+onions/detached=\r\n{}\r\n.\r\n250 OK\r\n", fmt::join(ids, "\r\n"));
}

FakeControlPort::FakeControlPort(asio::io_context& io, std::string path)
    : path_(std::move(path)), state_(std::make_shared<State>(io)) {
  ::unlink(path_.c_str());
  state_->owner = this;
  state_->acceptor.open();
  state_->acceptor.bind(Local::endpoint(path_));
  state_->acceptor.listen();
  asio::co_spawn(io, State::accept(state_), asio::detached);
}

FakeControlPort::~FakeControlPort() {
  shut();
  state_->owner = nullptr;
  ::unlink(path_.c_str());
}

Endpoint FakeControlPort::endpoint() const {
  return Endpoint::parse("unix:" + path_).value();
}

void FakeControlPort::send(std::string bytes) {
  for (const auto& session : state_->sessions) {
    if (!session->authenticated) continue;
    boost::system::error_code ignored;
    asio::write(session->socket, asio::buffer(bytes), ignored);
  }
}

void FakeControlPort::drop_all() {
  boost::system::error_code ignored;
  for (const auto& session : state_->sessions)
    session->socket.close(ignored);
}

void FakeControlPort::shut() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  drop_all();
}

std::size_t FakeControlPort::count(std::string_view command) const {
  return static_cast<std::size_t>(std::count_if(commands.begin(), commands.end(), [&](const std::string& line) {
    return line == command || line.starts_with(std::string(command) + " ");
  }));
}

} // namespace sipveil::testing
