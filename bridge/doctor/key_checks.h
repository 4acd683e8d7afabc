#pragma once

#include "bridge/config/config.h"
#include "bridge/doctor/report.h"
#include "privasip/key_store.h"

namespace sipveil::doctor {

/// The keys that [identity] lives on: own ones are there, current and private; pinned ones are there, readable, and
/// nobody else can exchange them. `now`: wall clock. Changes nothing.
void check_keys(const Config& config, privasip::UnixSeconds now, Report& report);

} // namespace sipveil::doctor
