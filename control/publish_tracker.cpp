#include "control/publish_tracker.h"

namespace sipveil::control {

void PublishTracker::on_event(const HsDescEvent& event) {
  if (event.address != service_id_) return;
  switch (event.action) {
  case HsDescAction::upload:
    if (pending_ < most_uploads && uploads_[event.directory].insert(event.descriptor_id).second) ++pending_;
    break;
  case HsDescAction::uploaded:
    if (settle(event)) ++accepted_;
    break;
  case HsDescAction::failed:
    if (settle(event)) ++rejected_;
    break;
  case HsDescAction::requested:
  case HsDescAction::received:
  case HsDescAction::ignore:
  case HsDescAction::created:
  case HsDescAction::unknown: break;
  }
  published_ = published_ || (accepted_ > 0 && pending_ == 0);
}

/// Ends one upload to the event's directory; tor leaves the descriptor's id out of most answers. False if
/// none was under way: the FAILED of a fetch, or an upload of before this tracker.
bool PublishTracker::settle(const HsDescEvent& event) {
  const auto found = uploads_.find(event.directory);
  if (found == uploads_.end()) return false;
  auto& descriptors = found->second;
  if (descriptors.erase(event.descriptor_id) == 0) descriptors.erase(descriptors.begin());
  if (descriptors.empty()) uploads_.erase(found);
  --pending_;
  return true;
}

} // namespace sipveil::control
