#include "transports/i2p/sessions.h"

#include "transports/i2p/session_connect.h"
#include "transports/i2p/session_use.h"
#include "transports/i2p/streams.h"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <map>
#include <utility>

namespace sipveil::i2p {
namespace {

Error cancelled() {
  return {Errc::cancelled, Fault::system, "opening the I2P stream was cancelled", "", false};
}

Error too_many(unsigned max_sessions) {
  return {Errc::not_ready, Fault::configuration, fmt::format("all {} I2P sessions are in use", max_sessions),
          "Raise `sessions` in [i2p], or lower the standby links of I2P peers.", true};
}

} // namespace

class Sessions::Book : public std::enable_shared_from_this<Book> {
 public:
  Book(asio::any_io_executor executor, SessionsOptions options)
      : executor_(std::move(executor)), options_(std::move(options)) {}

  static asio::awaitable<Result<StreamPtr>> connect(std::shared_ptr<Book> self, B32Name peer,
                                                    std::optional<Isolation> isolation, std::string early_data) try {
    if (isolation) {
      if (const auto lent = self->lent_.find(key_of(*isolation)); lent != self->lent_.end())
        co_return co_await connect_lent(self->options_.sam, lent->second, peer, std::move(early_data));
    }
    auto use = self->use(peer, isolation);
    if (!use) co_return use.error();
    auto stream = co_await connect_by(self->options_.sam, (*use)->session(), peer);
    if (!stream) co_return stream.error();
    auto bound = bind_to_session(std::move(*stream), *use);
    co_return co_await begin(std::move(bound), std::move(early_data));
  } catch (const boost::system::system_error&) {
    co_return cancelled();
  }

  void lend(const Isolation& isolation, std::string id) { lent_[key_of(isolation)] = std::move(id); }
  [[nodiscard]] std::size_t open() const { return open_; }

 private:
  using Key = std::pair<std::string, std::string>;
  static Key key_of(const Isolation& isolation) { return {isolation.user, isolation.password}; }

  /// A part in the session of this credential, which is made if it has none that is good for the peer.
  Result<std::shared_ptr<SessionUse>> use(const B32Name& peer, const std::optional<Isolation>& isolation) {
    std::shared_ptr<SharedSession> session;
    if (isolation) {
      const auto known = by_credential_.find(key_of(*isolation));
      if (known != by_credential_.end()) session = known->second.lock();
      if (session && !session->good_for(peer)) session.reset();
    }
    if (!session) {
      if (open_ >= options_.max_sessions) return too_many(options_.max_sessions);
      session = make(isolation);
    }
    return std::make_shared<SessionUse>(std::move(session), peer);
  }

  std::shared_ptr<SharedSession> make(const std::optional<Isolation>& isolation) {
    SessionSpec spec;
    spec.id = fresh_session_id();
    spec.tunnels = options_.tunnels;
    auto session = Session::open(executor_, options_.sam, std::move(spec));
    auto gone = [book = weak_from_this()] {
      if (const auto self = book.lock()) self->on_gone();
    };
    auto shared = std::make_shared<SharedSession>(std::move(session), std::move(gone));
    ++open_;
    if (isolation) by_credential_[key_of(*isolation)] = shared;
    return shared;
  }

  void on_gone() {
    --open_;
    std::erase_if(by_credential_, [](const auto& entry) { return !lives(entry.second); });
  }
  static bool lives(const std::weak_ptr<SharedSession>& held) {
    const auto session = held.lock();
    return session && !session->session().failure();
  }

  /// Once: the session is there already, and the peer's LeaseSet is found or not.
  static asio::awaitable<Result<StreamPtr>> connect_lent(Endpoint sam, std::string id, B32Name peer,
                                                         std::string early_data) {
    if (id.empty())
      co_return Error{Errc::not_ready, Fault::local_service, "our own I2P destination is not up at the moment",
                      "Wait until `sipveil status` shows it, or give the [[peer]] i2p_identity = \"transient\".", true};
    auto stream = co_await stream_connect(std::move(sam), std::move(id), peer);
    if (!stream) co_return stream.error();
    co_return co_await begin(StreamPtr(std::move(*stream)), std::move(early_data));
  }

  static asio::awaitable<Result<StreamPtr>> begin(StreamPtr stream, std::string early_data) {
    if (early_data.empty()) co_return std::move(stream);
    // Only now: what comes with STREAM CONNECT does not arrive (request.h).
    auto written = co_await stream->write(early_data);
    if (!written) co_return written.error();
    co_return std::move(stream);
  }

  asio::any_io_executor executor_;
  SessionsOptions options_;
  std::map<Key, std::weak_ptr<SharedSession>> by_credential_; // held by their streams
  std::map<Key, std::string> lent_;
  std::size_t open_ = 0;
};

Sessions::Sessions(asio::any_io_executor executor, SessionsOptions options)
    : book_(std::make_shared<Book>(std::move(executor), std::move(options))) {}

Sessions::~Sessions() = default;

asio::awaitable<Result<StreamPtr>> Sessions::connect(B32Name destination, std::optional<Isolation> isolation,
                                                     std::string early_data) {
  return Book::connect(book_, destination, std::move(isolation), std::move(early_data));
}

void Sessions::lend(const Isolation& isolation, std::string id) {
  book_->lend(isolation, std::move(id));
}

std::size_t Sessions::open() const {
  return book_->open();
}

} // namespace sipveil::i2p
