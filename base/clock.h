#pragma once

#include <chrono>

namespace sipveil {

using Duration = std::chrono::steady_clock::duration;
/// Points on the monotonic clock. Protocol machines never ask for the time: it is handed to them.
using TimePoint = std::chrono::steady_clock::time_point;

using namespace std::chrono_literals;

} // namespace sipveil
