#pragma once

#include "bridge/policy/policy.h"

#include <string>
#include <string_view>

namespace sipveil::policy {

/// What may go out in the place of a value: a pure function that appends it to `out`, which is empty before. False: the
/// value does not fit its grammar, or nothing of it may pass; `out` is then without meaning. Values come unfolded.
/// Rules write what they understood of a value, not the value: nothing that they do not know can hide in it.
using Rule = bool (*)(std::string_view value, const Context& context, std::string& out);

} // namespace sipveil::policy
