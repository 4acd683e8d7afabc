#pragma once

#include "transports/address.h"
#include "transports/i2p/session.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <set>

namespace sipveil::i2p {

/// A session that streams share: counts them, remembers whom it has failed to keep in touch with, and ends with the
/// last of them.
class SharedSession {
 public:
  /// `gone` is called once, when the last use has ended; not from the constructor.
  SharedSession(std::shared_ptr<Session> session, std::function<void()> gone)
      : session_(std::move(session)), gone_(std::move(gone)) {}

  [[nodiscard]] Session& session() const { return *session_; }
  /// A new stream to this peer may go by it: it lives, and no stream to the peer has ended on it.
  [[nodiscard]] bool good_for(const B32Name& peer) const { return !session_->failure() && !spent_.contains(peer); }

 private:
  friend class SessionUse;
  std::shared_ptr<Session> session_;
  std::function<void()> gone_;
  std::set<B32Name> spent_;
  std::size_t uses_ = 0;
};

/// One stream's part in a session, from before it is dialled until it has ended.
class SessionUse {
 public:
  SessionUse(std::shared_ptr<SharedSession> shared, B32Name peer);
  ~SessionUse() { end(); }
  SessionUse(const SessionUse&) = delete;
  SessionUse& operator=(const SessionUse&) = delete;

  [[nodiscard]] Session& session() const { return shared_->session(); }
  /// The stream has failed: no other goes to its peer by this session.
  void failed();
  /// The stream has ended; idempotent.
  void end();

 private:
  std::shared_ptr<SharedSession> shared_;
  B32Name peer_;
  bool ended_ = false;
};

/// A stream that ends its use of the session with itself.
[[nodiscard]] StreamPtr bind_to_session(std::unique_ptr<SocketStream> stream, std::shared_ptr<SessionUse> use);

} // namespace sipveil::i2p
