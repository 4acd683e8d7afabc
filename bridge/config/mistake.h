#pragma once

#include <string>
#include <string_view>

namespace sipveil {

/// One thing that is wrong in a configuration file. Never holds the value of a key that may be a secret.
struct Mistake {
  unsigned line = 0; ///< from 1; 0: the file as a whole
  std::string key;   ///< path of the key, such as "route[0].peers"; empty: the file as a whole
  std::string text;  ///< what is wrong, without a final full stop
  std::string mend;  ///< what to write instead, whole sentences; may be empty

  /// "sipveil.toml:12: route[0].peers: what is wrong. What to write instead."
  [[nodiscard]] std::string line_of(std::string_view file) const;

  bool operator==(const Mistake&) const = default;
};

} // namespace sipveil
