#pragma once

#include "base/secret.h"

#include <initializer_list>
#include <string_view>

namespace sipveil::control {

/// Joins the parts of a command that carries a secret, without leaving copies of it behind.
[[nodiscard]] SecretBytes join_secret(std::initializer_list<std::string_view> parts);

/// True if the text can be one command line: not empty and without CR, LF and NUL, so that nothing put into a
/// command can become a second command.
[[nodiscard]] bool is_one_line(std::string_view text);

} // namespace sipveil::control
