#include "bridge/hop/standby_pool.h"

#include <algorithm>
#include <chrono>

namespace sipveil::hop {
namespace {

/// Links age together when they were opened together; a spread keeps them from being replaced all at once.
Duration spread(Duration age, std::uint64_t random) {
  return age * 3 / 4 - age / 8 * static_cast<std::int64_t>(random % 1024) / 1024;
}

/// A link whose round trip is not known yet comes after all that are measured.
Duration rank(const std::optional<Duration>& round_trip) {
  return round_trip.value_or(Duration::max());
}

} // namespace

StandbyPool::StandbyPool(const StandbyConfig& config, std::function<std::uint64_t()> random)
    : config_(config), random_(random), backoff_({.first = 500ms, .cap = 60s}, std::move(random)),
      spare_(config.min * (config.candidates - 1)) {}

std::vector<StandbyPool::Entry>::iterator StandbyPool::find(LinkId id) {
  return std::ranges::find(entries_, id, &Entry::id);
}

const StandbyPool::Entry* StandbyPool::fastest() const {
  const Entry* best = nullptr;
  for (const Entry& entry : entries_)
    if (entry.ready && (best == nullptr || rank(entry.round_trip) < rank(best->round_trip))) best = &entry;
  return best;
}

bool StandbyPool::has_ready() const {
  return fastest() != nullptr;
}

Duration StandbyPool::best() const {
  const Entry* entry = fastest();
  return entry != nullptr ? rank(entry->round_trip) : Duration::max();
}

std::optional<LinkId> StandbyPool::take(TimePoint now) {
  demand_.note_call(now);
  if (const auto ready = take_ready()) return ready;
  ++counted_.missed;
  return std::nullopt;
}

std::optional<LinkId> StandbyPool::take_ready() {
  const Entry* best = fastest();
  if (best == nullptr) return std::nullopt;
  const LinkId id = best->id;
  entries_.erase(find(id));
  ++counted_.taken;
  spare_ = std::min(spare_ + config_.candidates - 1, config_.max * (config_.candidates - 1));
  return id;
}

std::optional<LinkId> StandbyPool::take_building(TimePoint now) {
  // One that has taken as long as dials take, and longer, hangs.
  const auto hangs = [&](const Entry& entry) { return now - entry.since >= demand_.building_time(); };
  const auto oldest = std::ranges::min_element(
      entries_, {}, [&](const Entry& entry) { return entry.ready || hangs(entry) ? TimePoint::max() : entry.since; });
  if (oldest == entries_.end() || oldest->ready || hangs(*oldest) || now - oldest->since < head_start)
    return std::nullopt;
  const LinkId id = oldest->id;
  entries_.erase(oldest);
  return id;
}

void StandbyPool::dialled(LinkId id, TimePoint now) {
  entries_.push_back({.id = id, .ready = false, .since = now, .stale_at = {}, .expires_at = {}, .round_trip = {}});
}

void StandbyPool::up(LinkId id, TimePoint now) {
  const auto entry = find(id);
  if (entry == entries_.end() || entry->ready) return;
  demand_.note_build(now - entry->since);
  entry->ready = true;
  entry->since = now;
  entry->stale_at = now + spread(config_.max_age, random_());
  entry->expires_at = now + config_.max_age;
}

void StandbyPool::measured(LinkId id, Duration round_trip) {
  if (const auto entry = find(id); entry != entries_.end()) entry->round_trip = round_trip;
}

void StandbyPool::gone(LinkId id, bool local, TimePoint now) {
  const auto entry = find(id);
  if (entry == entries_.end()) return;
  const bool unproved = !entry->ready || now - entry->since < proving_time;
  entries_.erase(entry);
  ++counted_.failed;
  if (local) {
    blocked_until_ = now + local_retry;
  } else if (unproved && now >= blocked_until_) { // what fails together fails for one reason
    blocked_until_ = now + backoff_.next();
  }
}

std::vector<LinkId> StandbyPool::give_up() {
  std::vector<LinkId> links;
  for (const Entry& entry : entries_)
    links.push_back(entry.id);
  entries_.clear();
  return links;
}

void StandbyPool::reachable(TimePoint now) {
  backoff_.reset();
  blocked_until_ = std::min(blocked_until_, now);
}

unsigned StandbyPool::wanted(TimePoint now) const {
  return std::min(config_.min + demand_.peak(now), config_.max);
}

unsigned StandbyPool::building() const {
  return static_cast<unsigned>(std::ranges::count(entries_, false, &Entry::ready));
}

TimePoint StandbyPool::oldest_building() const {
  TimePoint oldest = TimePoint::max();
  for (const Entry& entry : entries_)
    if (!entry.ready) oldest = std::min(oldest, entry.since);
  return oldest;
}

void StandbyPool::close_stuck(TimePoint now, Plan& plan) {
  std::vector<LinkId> stuck;
  for (const Entry& entry : entries_)
    if (!entry.ready && now - entry.since >= 2 * stuck_after()) stuck.push_back(entry.id);
  for (const LinkId id : stuck) {
    gone(id, false, now);
    plan.close.push_back(id);
  }
}

void StandbyPool::close_old(TimePoint now, Plan& plan) {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (!entry.ready || entry.expires_at > now) return false;
    plan.close.push_back(entry.id);
    ++counted_.dropped_old;
    return true;
  });
}

/// More than are wanted: the stale ones go first, then the slowest.
void StandbyPool::close_surplus(TimePoint now, Plan& plan) {
  const unsigned keep = wanted(now);
  const auto ready = [](const Entry& entry) { return entry.ready && entry.round_trip; };
  while (static_cast<unsigned>(std::ranges::count_if(entries_, ready)) > keep) {
    auto worst = entries_.end();
    const auto worse = [now](const Entry& one, const Entry& other) {
      const bool one_stale = one.stale_at <= now;
      const bool other_stale = other.stale_at <= now;
      return one_stale != other_stale ? one_stale : rank(one.round_trip) > rank(other.round_trip);
    };
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry)
      if (ready(*entry) && (worst == entries_.end() || worse(*entry, *worst))) worst = entry;
    ++(worst->stale_at <= now ? counted_.dropped_old : counted_.dropped_slow);
    plan.close.push_back(worst->id);
    entries_.erase(worst);
  }
}

StandbyPool::Plan StandbyPool::plan(TimePoint now, unsigned slots) {
  Plan plan;
  demand_.forget(now);
  if (std::ranges::any_of(entries_,
                          [now](const Entry& entry) { return entry.ready && now - entry.since >= proving_time; }))
    backoff_.reset();
  close_stuck(now, plan);
  close_old(now, plan);
  close_surplus(now, plan);
  if (now < blocked_until_) return plan;
  const auto fresh = static_cast<unsigned>(
      std::ranges::count_if(entries_, [now](const Entry& entry) { return !entry.ready || entry.stale_at > now; }));
  const unsigned want = wanted(now);
  const unsigned missing = want > fresh ? want - fresh : 0;
  plan.dial = std::min(missing, slots);
  // Those opened only for the choice come when nothing else is to be done.
  if (want > 0 && plan.dial == missing) {
    const auto all = static_cast<unsigned>(entries_.size()) + plan.dial;
    const unsigned room = std::max(want * config_.candidates, all) - all; // if no ping is answered none is dropped
    const unsigned extra = std::min({spare_, slots - plan.dial, config_.parallel, room});
    plan.dial += extra;
    spare_ -= extra;
  }
  return plan;
}

TimePoint StandbyPool::next_deadline(TimePoint now) const {
  TimePoint next = demand_.forgets_at();
  if (blocked_until_ > now) next = std::min(next, blocked_until_);
  for (const Entry& entry : entries_) {
    if (!entry.ready) {
      next = std::min(next, entry.since + 2 * stuck_after());
      continue;
    }
    next = std::min(next, entry.stale_at > now ? entry.stale_at : entry.expires_at);
  }
  return next;
}

StandbyReport StandbyPool::report(TimePoint now) const {
  StandbyReport report = counted_;
  report.building = building();
  report.ready = static_cast<unsigned>(entries_.size()) - report.building;
  report.wanted = wanted(now);
  if (const Entry* best = fastest()) report.fastest = best->round_trip;
  return report;
}

} // namespace sipveil::hop
