#include "transports/keepalive.h"

#include <algorithm>

namespace sipveil {

void Keepalive::on_received(TimePoint now) {
  last_received_ = now;
  expecting_since_.reset();
  awaiting_since_.reset();
  suspect_ = false;
}

std::optional<TimePoint> Keepalive::on_pong(TimePoint now) {
  on_received(now);
  if (unanswered_pings_.empty()) return std::nullopt;
  const TimePoint pinged = unanswered_pings_.front();
  unanswered_pings_.erase(unanswered_pings_.begin());
  round_trip_.sample(now - pinged);
  return pinged;
}

void Keepalive::expect_answer(TimePoint now) {
  if (!expecting_since_) expecting_since_ = now;
}

bool Keepalive::probe(TimePoint now) {
  if (awaiting_since_) return false;
  awaiting_since_ = now;
  constexpr std::size_t most = 16; // of a peer that says other things and no pong
  if (unanswered_pings_.size() == most) unanswered_pings_.clear();
  unanswered_pings_.push_back(now);
  return true;
}

TimePoint Keepalive::next_deadline() const {
  if (awaiting_since_) {
    const Duration suspicion = round_trip_.timeout(config_.least_suspicion, config_.most_suspicion);
    return *awaiting_since_ + (suspect_ ? config_.pong_deadline : std::min(suspicion, config_.pong_deadline));
  }
  const TimePoint idle = last_received_ + config_.idle;
  if (!expecting_since_) return idle;
  return std::min(idle, *expecting_since_ + round_trip_.timeout(config_.least_eager, config_.most_eager));
}

Keepalive::Action Keepalive::on_time(TimePoint now) {
  if (now < next_deadline()) return Action::nothing;
  if (!awaiting_since_) return probe(now) ? Action::ping : Action::nothing;
  if (now >= *awaiting_since_ + config_.pong_deadline) return Action::dead;
  suspect_ = true;
  return Action::suspect;
}

} // namespace sipveil
