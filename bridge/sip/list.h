#pragma once

#include <optional>
#include <string_view>

namespace sipveil::sip {

// Comma lists and parameters inside header values. Internal to bridge/sip.

/// Takes the members of a comma list one by one (RFC 3261 section 7.3). Commas in quotes and in angle
/// brackets do not part.
class MemberScanner {
 public:
  explicit MemberScanner(std::string_view value) : rest_(value) {}
  /// The next member without the blanks around it; nullopt at the end or at a fault.
  [[nodiscard]] std::optional<std::string_view> next();
  /// An empty member, or a quoted string or an angle bracket that does not close before a comma. (What is
  /// open at the end of a single member is for the reader of that member to find.)
  [[nodiscard]] bool fault() const { return fault_; }
  /// What follows the comma behind the member given last; empty if it was the last one.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool more_ = true;
  bool fault_ = false;
};

struct Param {
  std::string_view whole; ///< from the semicolon to the end of the value
  std::string_view name;
  std::string_view value; ///< quotes kept; empty if there is none
};

/// Takes generic-params one by one: *( SEMI token [ EQUAL gen-value ] ).
class ParamScanner {
 public:
  /// `text` starts at the first semicolon or the blanks before it, and holds nothing but parameters.
  explicit ParamScanner(std::string_view text) : text_(text) {}
  [[nodiscard]] std::optional<Param> next();
  [[nodiscard]] bool fault() const { return fault_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool fault_ = false;
};

} // namespace sipveil::sip
