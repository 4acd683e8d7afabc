#include "tests/unit/transports/i2p/fake_sam.h"

#include "base/random.h"
#include "transports/i2p/base64.h"
#include "transports/i2p/destination.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <map>

namespace sipveil::test {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;
using SocketPtr = std::shared_ptr<tcp::socket>;

/// The value of KEY=VALUE in a request.
std::string value(const std::string& request, const std::string& key) {
  const auto at = request.find(' ' + key + '=');
  if (at == std::string::npos) return "";
  const auto begin = at + key.size() + 2;
  return request.substr(begin, request.find_first_of(" \n", begin) - begin);
}

} // namespace

FakeDestination fresh_destination(unsigned signing_key_type) {
  std::string bytes(384, '\0');
  fill_random({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
  bytes += std::string("\x05\x00\x04\x00", 4) + static_cast<char>(signing_key_type) + std::string(2, '\0');
  const std::string public_part = i2p::base64_encode(as_bytes(bytes));
  std::string secret(256 + 32, '\0');
  fill_random({reinterpret_cast<unsigned char*>(secret.data()), secret.size()});
  bytes += secret;
  const auto destination = i2p::Destination::parse(public_part);
  return {public_part, i2p::base64_encode(as_bytes(bytes)), destination.value().name()};
}

struct FakeSam::State {
  explicit State(asio::io_context& loop)
      : io(loop), acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), released(loop) {
    released.expires_at(asio::steady_timer::time_point::max());
  }

  struct Waiting {
    std::string session;
    SocketPtr socket;
  };

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::steady_timer released;
  Behaviour behaviour{};
  std::vector<Session> sessions{};
  std::vector<std::string> requests{};
  std::vector<std::string> connects{};
  std::vector<std::string> violations{};
  std::map<std::string, FakeDestination> generated{}; // by private key
  std::list<std::weak_ptr<tcp::socket>> sockets{};
  std::list<std::weak_ptr<tcp::socket>> streams{};
  std::list<Waiting> acceptors{};
  bool status_released = false;

  void expect(bool kept, std::string rule) {
    if (!kept) violations.push_back(std::move(rule));
  }

  Session* find(const std::string& id) {
    const auto found =
        std::find_if(sessions.begin(), sessions.end(), [&](const Session& s) { return s.open && s.id == id; });
    return found == sessions.end() ? nullptr : &*found;
  }

  /// A request, behind which nothing may come before it is answered.
  asio::awaitable<std::string> read_line(tcp::socket& socket) {
    std::string line;
    const auto size = co_await asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', use_awaitable);
    expect(size == line.size(), "bytes came behind a request");
    line.resize(size);
    co_return line;
  }

  /// Ends when the client has closed.
  static asio::awaitable<void> until_closed(tcp::socket& socket) {
    std::array<char, 512> buffer{};
    for (;;)
      co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
  }

  /// Sends a line, or what the behaviour puts in its place. False: the dialogue ends here.
  asio::awaitable<bool> answer(tcp::socket& socket, Step step, std::string line) {
    expect(socket.available() == 0, "bytes came ahead of the reply");
    if (behaviour.close_at == step) co_return false;
    if (behaviour.silent_at == step) co_await until_closed(socket);
    if (behaviour.garbage_at == step) line = "HTTP/1.0 501 Not Implemented\r\n\r";
    line += '\n';
    if (behaviour.cut_at == step) line.resize(line.size() / 2);
    const std::size_t piece = behaviour.split ? 1 : line.size();
    for (std::size_t sent = 0; sent < line.size(); sent += piece)
      co_await asio::async_write(socket, asio::buffer(line.data() + sent, std::min(piece, line.size() - sent)),
                                 use_awaitable);
    co_return behaviour.cut_at != step;
  }

  asio::awaitable<void> create_session(SocketPtr socket, const std::string& request) {
    const bool taken = find(value(request, "ID")) != nullptr;
    if (!taken && value(request, "DESTINATION") != "none") co_return co_await keep_session(socket, request);
    const std::string result = taken ? "DUPLICATED_ID" : "INVALID_KEY";
    co_await answer(*socket, Step::probe, "SESSION STATUS RESULT=" + result);
  }

  asio::awaitable<void> keep_session(SocketPtr socket, const std::string& request) {
    FakeDestination destination = fresh_destination();
    const std::string key = value(request, "DESTINATION");
    expect(request.find("i2cp.leaseSetEncType=4") != std::string::npos, "the session is not of ECIES");
    if (key == "TRANSIENT") {
      expect(value(request, "SIGNATURE_TYPE") == "7", "the transient destination is not of Ed25519");
    } else {
      const auto known = i2p::Destination::of_private_key(key);
      expect(known.has_value(), "the destination key is none");
      if (known) destination = {known->base64(), key, known->name()};
    }
    const std::string id = value(request, "ID");
    sessions.push_back({id, value(request, "STYLE"), request, destination, true});
    try {
      if (key != "TRANSIENT" && !behaviour.inherits) {
        asio::steady_timer tunnels(io, std::chrono::milliseconds(1050));
        co_await tunnels.async_wait(use_awaitable);
      }
      while (behaviour.withhold_status && !status_released) {
        boost::system::error_code ignored;
        co_await released.async_wait(asio::redirect_error(use_awaitable, ignored));
      }
      std::string reply = behaviour.session_reply;
      if (reply.empty()) reply = "SESSION STATUS RESULT=OK DESTINATION=" + destination.private_key;
      if (co_await answer(*socket, Step::session, reply)) co_await until_closed(*socket);
    } catch (const boost::system::system_error&) {
      // The client has ended the session, which ends here as it does there.
    }
    end_session(id);
  }

  void end_session(const std::string& id) {
    if (Session* session = find(id)) session->open = false;
    acceptors.remove_if([&](const Waiting& waiting) {
      if (waiting.session == id) close(waiting.socket);
      return waiting.session == id;
    });
  }

  static void close(const SocketPtr& socket) {
    boost::system::error_code ignored;
    socket->close(ignored);
  }

  static asio::awaitable<void> pump(SocketPtr from, SocketPtr to) try {
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto count = co_await from->async_read_some(asio::buffer(buffer), use_awaitable);
      co_await asio::async_write(*to, asio::buffer(buffer.data(), count), use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    close(to);
    close(from);
  }

  /// A session that was asked for by another connection just before may not have been read yet.
  asio::awaitable<void> let_in(const std::string& id) {
    asio::steady_timer pause(io, std::chrono::milliseconds(5));
    if (find(id) == nullptr) co_await pause.async_wait(use_awaitable);
  }

  asio::awaitable<void> connect(SocketPtr socket, const std::string& request) {
    const std::string id = value(request, "ID");
    co_await let_in(id);
    const Session* from = find(id);
    const auto refuse = [&](std::string result) {
      return answer(*socket, Step::connect, "STREAM STATUS RESULT=" + result);
    };
    if (from == nullptr || behaviour.not_known > 0) {
      if (behaviour.not_known > 0) --behaviour.not_known;
      co_await refuse("INVALID_ID");
      co_return;
    }
    if (behaviour.not_found > 0) {
      --behaviour.not_found;
      co_await refuse("CANT_REACH_PEER");
      co_return;
    }
    if (!behaviour.connect_reply.empty()) {
      co_await answer(*socket, Step::connect, behaviour.connect_reply);
      co_return;
    }
    const std::string caller = from->destination.public_part;
    connects.push_back(id);
    streams.push_back(socket);
    if (!co_await answer(*socket, Step::connect, "STREAM STATUS RESULT=OK")) co_return;
    if (behaviour.no_peer) co_return co_await until_closed(*socket);
    const std::string peer = value(request, "DESTINATION");
    for (const auto& session : sessions)
      if (session.open && session.destination.name.host() == peer)
        co_return co_await deliver(session.id, caller, socket);
    co_await pump(socket, socket);
  }

  /// To the acceptor of a session, once there is one; what waits ends with the session.
  asio::awaitable<void> deliver(std::string session, std::string caller, SocketPtr socket) {
    asio::steady_timer pause(io);
    while (find(session) != nullptr) {
      const auto waiting =
          std::find_if(acceptors.begin(), acceptors.end(), [&](const Waiting& w) { return w.session == session; });
      if (waiting != acceptors.end()) {
        const SocketPtr far = waiting->socket;
        acceptors.erase(waiting);
        if (!co_await answer(*far, Step::caller, caller)) {
          close(far);
          co_return;
        }
        if (socket == nullptr) co_return co_await pump(far, far);
        asio::co_spawn(io, pump(far, socket), asio::detached);
        co_return co_await pump(socket, far);
      }
      pause.expires_after(std::chrono::milliseconds(2));
      co_await pause.async_wait(use_awaitable);
    }
  }

  static asio::awaitable<void> call(std::shared_ptr<State> self, std::string session, std::string caller) {
    co_await self->deliver(std::move(session), std::move(caller), nullptr);
  }

  asio::awaitable<void> accept(SocketPtr socket, const std::string& request) {
    const std::string id = value(request, "ID");
    co_await let_in(id);
    if (find(id) == nullptr || behaviour.not_known > 0) {
      if (behaviour.not_known > 0) --behaviour.not_known;
      co_await answer(*socket, Step::accept, "STREAM STATUS RESULT=INVALID_ID");
      co_return;
    }
    if (!co_await answer(*socket, Step::accept, "STREAM STATUS RESULT=OK")) co_return;
    const bool alone =
        std::none_of(acceptors.begin(), acceptors.end(), [&](const Waiting& w) { return w.session == id; });
    expect(alone, "two STREAM ACCEPTs of a session at a time");
    acceptors.push_back({id, socket});
  }

  asio::awaitable<void> generate(SocketPtr socket) {
    const auto destination = fresh_destination();
    std::string reply = behaviour.dest_reply;
    if (reply.empty()) reply = "DEST REPLY PUB=" + destination.public_part + " PRIV=" + destination.private_key;
    generated.emplace(destination.private_key, destination);
    if (co_await answer(*socket, Step::dest, reply)) co_await until_closed(*socket);
  }

  asio::awaitable<void> look_up(SocketPtr socket, const std::string& request) {
    expect(behaviour.allow_lookup, "a name was looked up");
    const std::string name = value(request, "NAME");
    std::string reply = "NAMING REPLY RESULT=INVALID_KEY NAME=" + name;
    for (const auto& session : sessions)
      if (session.destination.name.host() == name)
        reply = "NAMING REPLY RESULT=OK NAME=" + name + " VALUE=" + session.destination.public_part;
    if (co_await answer(*socket, Step::naming, reply)) co_await until_closed(*socket);
  }

  asio::awaitable<void> talk(SocketPtr socket) {
    const std::string hello = co_await read_line(*socket);
    expect(hello == "HELLO VERSION MIN=3.0 MAX=3.1\n", "the first line is no HELLO");
    if (!co_await answer(*socket, Step::hello, "HELLO REPLY RESULT=OK VERSION=3.1")) co_return;
    const std::string request = co_await read_line(*socket);
    requests.push_back(request);
    if (request.starts_with("SESSION CREATE ")) co_return co_await create_session(socket, request);
    for (const auto& [key, unused] : generated)
      expect(request.find(key) == std::string::npos, "a private key was sent");
    if (request.starts_with("STREAM CONNECT ")) co_return co_await connect(socket, request);
    if (request.starts_with("STREAM ACCEPT ")) co_return co_await accept(socket, request);
    if (request.starts_with("DEST GENERATE ")) co_return co_await generate(socket);
    if (request.starts_with("NAMING LOOKUP ")) co_return co_await look_up(socket, request);
    expect(false, "an unknown request");
  }

  static asio::awaitable<void> serve(std::shared_ptr<State> self, SocketPtr socket) try {
    co_await self->talk(socket);
  } catch (const boost::system::system_error&) {
    // The client went away, which tests do on purpose.
  }

  static asio::awaitable<void> accept_all(std::shared_ptr<State> self) try {
    for (;;) {
      const auto socket = std::make_shared<tcp::socket>(self->io);
      co_await self->acceptor.async_accept(*socket, use_awaitable);
      socket->set_option(tcp::no_delay(true));
      self->sockets.push_back(socket);
      asio::co_spawn(self->io, serve(self, socket), asio::detached);
    }
  } catch (const boost::system::system_error&) {
    // It is closed.
  }

  static void drop(std::list<std::weak_ptr<tcp::socket>>& held) {
    for (const auto& one : held)
      if (const auto socket = one.lock()) close(socket);
    held.clear();
  }
};

FakeSam::FakeSam(asio::io_context& io) : state_(std::make_shared<State>(io)) {
  asio::co_spawn(io, State::accept_all(state_), asio::detached);
}

FakeSam::~FakeSam() {
  for (const auto& rule : state_->violations)
    ADD_FAILURE() << "the SAM client broke a rule: " << rule;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  State::drop(state_->sockets);
  state_->acceptors.clear();
  state_->released.cancel();
}

FakeSam::Behaviour& FakeSam::behaviour() {
  return state_->behaviour;
}

Endpoint FakeSam::endpoint() const {
  return Endpoint::parse("127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port())).value();
}

const std::vector<FakeSam::Session>& FakeSam::sessions() const {
  return state_->sessions;
}

std::size_t FakeSam::open_sessions() const {
  return static_cast<std::size_t>(
      std::count_if(state_->sessions.begin(), state_->sessions.end(), [](const Session& s) { return s.open; }));
}

std::size_t FakeSam::open_connections() const {
  return static_cast<std::size_t>(std::count_if(state_->sockets.begin(), state_->sockets.end(), [](const auto& held) {
    const auto socket = held.lock();
    return socket && socket->is_open();
  }));
}

const std::vector<std::string>& FakeSam::requests() const {
  return state_->requests;
}

std::vector<std::string> FakeSam::connects() const {
  return state_->connects;
}

void FakeSam::drop_all() {
  State::drop(state_->sockets);
  for (auto& session : state_->sessions)
    session.open = false;
  state_->acceptors.clear();
}

void FakeSam::drop_streams() {
  State::drop(state_->streams);
}

std::vector<std::string> FakeSam::take_violations() {
  return std::exchange(state_->violations, {});
}

void FakeSam::call(const std::string& session, const FakeDestination& caller) {
  asio::co_spawn(state_->io, State::call(state_, session, caller.public_part), asio::detached);
}

void FakeSam::release_status() {
  state_->status_released = true;
  state_->released.cancel();
}

} // namespace sipveil::test
