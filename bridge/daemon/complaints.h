#pragma once

#include "base/error.h"

#include <set>
#include <string>

namespace sipveil {

/// Logs each problem once, however often it is met again before it is over: tries are repeated every few seconds.
class Complaints {
 public:
  /// `who` stands ahead of each line: "tor".
  explicit Complaints(std::string who) : who_(std::move(who)) {}

  void say(const Error& error);
  /// All is well: what comes from now on is news.
  void clear() { said_.clear(); }

 private:
  std::string who_;
  std::set<std::string> said_;
};

} // namespace sipveil
