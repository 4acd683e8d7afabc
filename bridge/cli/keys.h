#pragma once

#include "bridge/cli/command.h"
#include "privasip/keys.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::cli {

/// What the command line gave to one of `sipveil keys ...`.
struct KeysInvocation {
  Invocation common;
  std::optional<std::filesystem::path> keys_dir; ///< --keys-dir; else the configuration says where keys are
  std::string name;                              ///< NAME, or USER@DOMAIN of `pseudonym`; empty: `show` shows all
  std::string algorithm = "ecies-x25519";        ///< --algorithm
  bool rotate = false;                           ///< --rotate
  std::chrono::seconds overlap{7200};            ///< --overlap: how long the key before still opens
  std::vector<std::string> accepted;             ///< --accept: fingerprints
  std::string from;                              ///< --from: name of a peer; empty: the route's
};

// Each returns an exit code.
int keys_generate(const KeysInvocation& invocation);
int keys_show(const KeysInvocation& invocation);
int keys_fetch(const KeysInvocation& invocation);
int keys_pseudonym(const KeysInvocation& invocation);

/// Where the keys are: --keys-dir, else keys_dir of [identity], else where that is by default. nullopt after standard
/// error has been told what is wrong with the configuration.
[[nodiscard]] std::optional<std::filesystem::path> keys_directory(const KeysInvocation& invocation);

/// Whether the name can be a key's; tells standard error if not. By the store's own rule, and without touching it.
[[nodiscard]] bool is_key_name(std::string_view name);

} // namespace sipveil::cli
