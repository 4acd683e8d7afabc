#pragma once

#include "base/clock.h"
#include "bridge/sip/message.h"
#include "tests/unit/bridge/sip_builder.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sipveil::hop::test {

/// A softphone over UDP, as RFC 3261 wants user agents: repeats what is not answered, answers what is repeated, gives
/// up after 64*T1. Written apart from the hop's own transactions, so that both do not share a mistake.
class SimPhone {
 public:
  using Send = std::function<void(std::string)>;
  using After = std::function<void(Duration, std::function<void()>)>;

  SimPhone(std::string name, std::string address, Send send, After after)
      : name_(std::move(name)), address_(std::move(address)), send_(std::move(send)), after_(std::move(after)) {}
  SimPhone(const SimPhone&) = delete;
  SimPhone& operator=(const SimPhone&) = delete;

  /// Registers at this domain.
  void enrol(const std::string& domain);
  void call(const std::string& uri);
  void cancel();
  void hang_up();
  /// In the call that stands; whatever is answered to it.
  void send_info();
  void receive(const std::string& bytes);

  [[nodiscard]] const std::string& address() const { return address_; }
  /// A call stands or rings.
  [[nodiscard]] bool busy() const { return in_dialog_ || ringing_; }

  // What the user has seen.
  int invite_status = 0; ///< of the call that was placed; 0: no final answer
  int bye_status = 0;    ///< 0: not sent, or no answer
  int enrol_status = 0;
  std::string enrolled_as; ///< Contacts in the answer
  unsigned timeouts = 0;   ///< requests that nobody answered at all
  unsigned invites = 0;    ///< calls that came in
  unsigned byes = 0;
  bool rang = false;                       ///< heard or made a 180
  bool acknowledged = false;               ///< the 200 that was given
  bool cancelled = false;                  ///< the call that came in stopped ringing
  std::function<void()> on_answer = [] {}; ///< the call that was placed stands

  Duration answers_after = 2s; ///< how long it rings before it is taken

 private:
  struct Pending { ///< a request that was sent, or a response that waits for its ACK
    std::string bytes;
    bool stopped = false;
  };
  void request(const std::string& key, std::string bytes, bool invite);
  void repeat(const std::string& key, Duration gap, Duration longest, Duration left, std::function<void()> give_up);
  void stop(const std::string& key) { pending_[key].stopped = true; }
  void on_request(sip::Message request);
  void on_invite(sip::Message invite);
  void on_response(const sip::Message& response);
  void on_invite_response(const sip::Message& response);
  void answer_invite(int status);
  [[nodiscard]] Request in_dialog(std::string method, unsigned cseq);

  std::string name_;
  std::string address_;
  Send send_;
  After after_;
  std::map<std::string, Pending> pending_;
  unsigned branches_ = 0;
  unsigned enrolments_ = 0;

  // The one call.
  Request placed_;
  std::string invite_ack_; ///< for a 2xx, to be repeated
  std::vector<std::string> routes_;
  std::string target_;
  std::string local_;
  std::string remote_;
  bool in_dialog_ = false;
  bool ringing_ = false;
  std::string incoming_; ///< INVITE
  std::string incoming_branch_;
  std::string last_answer_; ///< to it
};

} // namespace sipveil::hop::test
