#pragma once

#include "transports/i2p/destination.h"
#include "transports/i2p/request.h"
#include "transports/i2p/sam_connection.h"

#include <memory>
#include <optional>

namespace sipveil::i2p {

/// One session of the router, which lives as long as the connection that created it. Always held by a shared_ptr;
/// whoever lets go of it calls close() first. All calls from the executor's thread.
class Session {
 public:
  /// Begins to create it; `spec.id` names it.
  [[nodiscard]] static std::shared_ptr<Session> open(const asio::any_io_executor& executor, Endpoint sam,
                                                     SessionSpec spec);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& id() const;

  /// Completes when the router has been asked to create it: streams may be asked for from now on, and fail (offline,
  /// not_ready) until its tunnels are built. Errors: that of failure(), cancelled.
  asio::awaitable<Result<void>> requested();

  /// Completes when the router has said SESSION STATUS RESULT=OK. i2pd 2.45 says it 20 s after the request, or 40, 60,
  /// ... s: it looks only every 20 s whether the tunnels are built, which takes 4 to 13 s. Errors: as above.
  asio::awaitable<Result<void>> established();
  [[nodiscard]] bool is_established() const;

  /// Its own destination; nullopt before it is established.
  [[nodiscard]] const std::optional<Destination>& destination() const;

  /// The router said OK within a second, when no tunnel can have been built: it still has this destination from an
  /// earlier session, and will clear both away together (i2pd 2.45).
  [[nodiscard]] bool inherited() const;

  /// Completes when it has ended; never OK. Errors: as above.
  asio::awaitable<Error> ended();
  /// Why it has ended; nullopt while it has not.
  [[nodiscard]] const std::optional<Error>& failure() const;

  /// Ends it. i2pd 2.45 notices at once if it has said SESSION STATUS, else when it would have said it.
  void close();

 private:
  struct State;
  explicit Session(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_; // shared with the coroutine that reads the connection
};

} // namespace sipveil::i2p
