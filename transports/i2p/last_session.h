#pragma once

#include "base/clock.h"
#include "transports/address.h"
#include "transports/stream.h"

#include <functional>
#include <optional>
#include <string>

namespace sipveil::i2p {

/// What the router may still have of the last session of a persistent destination, ours or that of a process before
/// this one. i2pd 2.45 clears a destination away 5 s after it has noticed that its session ended, and with it, without
/// a word, whatever session has that destination by then; or it crashes (PurpleI2P/i2pd issue 2558, pull request 2416).
/// So the next one is asked for only when the router has nothing left. Executor's thread.
class LastSession {
 public:
  struct Options {
    Endpoint sam;
    std::string id;       ///< SAM nickname of each session of the destination
    Duration clearing;    ///< how long to wait once the router has it no more
    bool none = false;    ///< there cannot have been one: the key or the router is new
    Duration asking = 1s; ///< between two questions to the router
    Duration answer = 5s; ///< longest wait for an answer: nothing is looked for in the network
  };
  /// no error: the router clears; error: it has had the session so long that another sipveil must hold it.
  using Tell = std::function<void(std::optional<Error> held)>;

  explicit LastSession(Options options);

  void asked(); ///< a session has been asked for
  void ended(); ///< it has ended, as far as we know

  /// Until the next session can be asked for; at once if none has been since the last time. A router that does not
  /// answer has nothing left. This object must live until then. Throws boost::system::system_error if cancelled.
  asio::awaitable<void> cleared(Tell tell);

 private:
  Options options_;
  TimePoint ended_;
  bool asked_;
};

} // namespace sipveil::i2p
