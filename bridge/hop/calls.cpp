#include "bridge/hop/calls.h"

#include <algorithm>

namespace sipveil::hop {

Call& CallBook::open(std::string_view call_id) {
  const Digest key = key_of(call_id);
  auto& slot = calls_[key];
  if (slot == nullptr) {
    slot = std::make_unique<Call>();
    slot->key = key;
  }
  return *slot;
}

Call* CallBook::find(std::string_view call_id) {
  return find(key_of(call_id));
}

Call* CallBook::find(const Digest& key) {
  const auto found = calls_.find(key);
  return found == calls_.end() ? nullptr : found->second.get();
}

std::vector<Call*> CallBook::on_link(LinkId link) {
  std::vector<Call*> found;
  for (auto& [key, call] : calls_)
    if (call->link == link) found.push_back(call.get());
  return found;
}

void CallBook::exchange_begins(Call& call) {
  ++call.exchanges;
  timers_.cancel(call);
}

void CallBook::exchange_ends(Call& call, TimePoint now) {
  if (call.exchanges > 0) --call.exchanges;
  rearm(call, now);
}

void CallBook::note_dialog(Call& call, bool opens, TimePoint now) {
  if (opens || call.dialogs == 0) ++call.dialogs;
  rearm(call, now);
}

void CallBook::note_response(Call& call, sip::Method method, int status, std::uint32_t expires, TimePoint now) {
  if (status < 200) return;
  const bool success = status < 300;
  switch (method) {
  case sip::Method::bye:
    // Whatever the answer: who has sent BYE considers the dialog gone (RFC 3261 section 15.1.1), unless asked for a
    // password.
    if (status == 401 || status == 407 || call.dialogs == 0) break;
    if (--call.dialogs == 0) std::string().swap(call.last_words);
    break;
  case sip::Method::subscribe:
  case sip::Method::refer:
  case sip::Method::register_:
    if (success) {
      const auto life = std::min<Duration>(std::chrono::seconds(expires), longest_subscription);
      call.subscribed_until = life > Duration::zero() ? std::max(call.subscribed_until, now + life) : TimePoint{};
    }
    break;
  case sip::Method::invite:
  case sip::Method::ack:
  case sip::Method::cancel:
  case sip::Method::options:
  case sip::Method::message:
  case sip::Method::notify:
  case sip::Method::update:
  case sip::Method::prack:
  case sip::Method::info:
  case sip::Method::publish:
  case sip::Method::other: break;
  }
  rearm(call, now);
}

void CallBook::note_resumed(Call& call, TimePoint now) {
  call.subscribed_until = now + longest_subscription;
  rearm(call, now);
}

void CallBook::note_notify_terminated(Call& call, TimePoint now) {
  call.subscribed_until = TimePoint{};
  rearm(call, now);
}

void CallBook::abandon(Call& call, TimePoint now) {
  call.link = 0;
  // The dialog itself lives on in its Record-Route tokens; without a link there is nothing left to keep here.
  call.dialogs = 0;
  std::string().swap(call.last_words);
  call.subscribed_until = TimePoint{};
  rearm(call, now);
}

void CallBook::rearm(Call& call, TimePoint now) {
  if (call.exchanges > 0 || call.dialogs > 0) {
    timers_.cancel(call);
  } else {
    timers_.set(call, std::max(call.subscribed_until, now) + linger);
  }
}

std::unique_ptr<Call> CallBook::pop_ended(TimePoint now) {
  Call* call = timers_.pop_due(now);
  if (call == nullptr) return nullptr;
  const auto found = calls_.find(call->key);
  auto ended = std::move(found->second);
  calls_.erase(found);
  return ended;
}

} // namespace sipveil::hop
