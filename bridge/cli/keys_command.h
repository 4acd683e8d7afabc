#pragma once

#include "bridge/cli/keys.h"

#include <CLI/CLI.hpp>

#include <string>

namespace sipveil::cli {

/// `sipveil keys` and what stands below it on the command line.
class KeysCommand {
 public:
  static constexpr const char* name = "keys";

  /// Adds itself to the program's commands; both must live until `run`.
  explicit KeysCommand(CLI::App& app);
  KeysCommand(const KeysCommand&) = delete;
  KeysCommand& operator=(const KeysCommand&) = delete;

  /// The command line asked for it.
  [[nodiscard]] bool chosen() const { return command_->parsed(); }
  /// Returns an exit code. To be called when it is chosen.
  [[nodiscard]] int run();

 private:
  using Action = int (*)(const KeysInvocation&);
  CLI::App* add(const char* sub_command, const char* about, Action action, bool takes_json);
  [[nodiscard]] int no_command() const;

  CLI::App* command_;
  Action action_ = nullptr;
  KeysInvocation invocation_;
  std::string config_;
  std::string keys_dir_;
  std::uint32_t overlap_s_ = 7200;
};

} // namespace sipveil::cli
