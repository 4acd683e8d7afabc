#pragma once

#include "bridge/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace sipveil::test {

inline const std::string onion = OnionName::from_public_key({1, 2, 3}).host();
inline const std::string other_onion = OnionName::from_public_key({4, 5, 6}).host();
inline const std::string x25519_key(52, 'a');

/// The least that is a configuration, to which a test adds its lines.
inline const std::string minimal = "role = \"phone\"\nstate_dir = \"/state\"\n";

inline std::variant<Config, std::vector<Mistake>> parse_text(std::string_view text) {
  return parse(text, "/etc/sipveil/sipveil.toml", KeyFiles::unchecked);
}

/// The configuration, or a failed test that shows every mistake.
inline Config accepted(const std::string& text) {
  auto result = parse_text(text);
  if (auto* config = std::get_if<Config>(&result)) return std::move(*config);
  for (const Mistake& mistake : std::get<std::vector<Mistake>>(result))
    ADD_FAILURE() << mistake.line_of("config");
  return {};
}

inline std::vector<Mistake> refused(const std::string& text) {
  auto result = parse_text(text);
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&result)) return std::move(*mistakes);
  ADD_FAILURE() << "accepted:\n" << text;
  return {};
}

/// "line key", so that a test can name mistakes without their words.
inline std::vector<std::string> places(const std::vector<Mistake>& mistakes) {
  std::vector<std::string> result;
  for (const Mistake& mistake : mistakes)
    result.push_back(std::to_string(mistake.line) + " " + mistake.key);
  return result;
}

/// The only mistake of a text.
inline Mistake only_mistake(const std::string& text) {
  const auto mistakes = refused(text);
  EXPECT_EQ(mistakes.size(), 1U);
  for (std::size_t i = 1; i < mistakes.size(); ++i)
    ADD_FAILURE() << mistakes[i].line_of("config");
  return mistakes.empty() ? Mistake{} : mistakes.front();
}

/// A directory that goes with the test.
class Directory {
 public:
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sipveil-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    path_ = pattern;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
    const auto file = path_ / name;
    std::ofstream(file) << content;
    ::chmod(file.c_str(), mode);
    return file;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A variable of the environment, put back at the end.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) const {
    if (value == nullptr)
      ::unsetenv(name_);
    else
      ::setenv(name_, value, 1);
  }
  const char* name_;
  std::optional<std::string> old_;
};

} // namespace sipveil::test
