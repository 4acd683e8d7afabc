#include "transports/keepalive.h"

#include <algorithm>

namespace sipveil {

void Keepalive::on_received(TimePoint now) {
  last_received_ = now;
  expecting_since_.reset();
  awaiting_since_.reset();
}

void Keepalive::on_pong(TimePoint now) {
  on_received(now);
  if (unanswered_pings_ == 0) return;
  // With several pings on their way nobody knows which one this answers.
  if (unanswered_pings_ == 1) round_trip_ = now - last_ping_;
  --unanswered_pings_;
}

void Keepalive::expect_answer(TimePoint now) {
  if (!expecting_since_) expecting_since_ = now;
}

TimePoint Keepalive::next_deadline() const {
  if (awaiting_since_) return *awaiting_since_ + config_.pong_deadline;
  const TimePoint idle = last_received_ + config_.idle;
  return expecting_since_ ? std::min(idle, *expecting_since_ + config_.eager) : idle;
}

Keepalive::Action Keepalive::on_time(TimePoint now) {
  if (now < next_deadline()) return Action::nothing;
  if (awaiting_since_) return Action::dead;
  awaiting_since_ = now;
  last_ping_ = now;
  ++unanswered_pings_;
  return Action::ping;
}

} // namespace sipveil
