#include "bridge/cli/keys_command.h"

#include "bridge/config/suggest.h"

#include <fmt/format.h>

namespace sipveil::cli {
namespace {

/// A year: by then everybody has fetched the new key or is gone.
constexpr std::uint32_t longest_overlap_s = 366 * 86'400;

} // namespace

KeysCommand::KeysCommand(CLI::App& app) : command_(app.add_subcommand(name, "Make, show and fetch identity keys")) {
  command_->require_subcommand(0, 1);
  // So that a mistyped command can be told from a missing one.
  command_->allow_extras();
  const auto add_name = [this](CLI::App* sub, const char* about) {
    return sub->add_option("NAME", invocation_.name, about);
  };

  CLI::App* generate = add("generate", "Make a key of a domain or user of our own", keys_generate, true);
  add_name(generate, "a.example, or alice@a.example for calls of class \"callee\"")->required();
  generate->add_option("--algorithm", invocation_.algorithm, "ecies-x25519 (default), ecies-p256, rsa-2048, rsa-3072")
      ->type_name("NAME");
  auto* rotate = generate->add_flag("--rotate", invocation_.rotate, "Retire the key of this algorithm that is there");
  generate->add_option("--overlap", overlap_s_, "How long a retired key still opens (default 7200)")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::uint32_t{0}, longest_overlap_s))
      ->needs(rotate);

  CLI::App* show = add("show", "Show own and pinned keys", keys_show, true);
  add_name(show, "Only the keys of this domain or user");

  CLI::App* fetch = add("fetch", "Ask the peer of a domain for its keys, and pin them", keys_fetch, true);
  add_name(fetch, "b.example, or bob@b.example")->required();
  fetch->add_option("--accept", invocation_.accepted, "Take this key in place of a pinned one; may be repeated")
      ->type_name("FINGERPRINT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  fetch->add_option("--from", invocation_.from, "Ask this [[peer]] instead of the route's")->type_name("PEER");

  CLI::App* pseudonym = add("pseudonym", "Print the name under which view = \"pseudonym\" shows a user to the proxy",
                            keys_pseudonym, false);
  pseudonym->add_option("USER@DOMAIN", invocation_.name, "alice@a.example")->required();
}

CLI::App* KeysCommand::add(const char* sub_command, const char* about, Action action, bool takes_json) {
  CLI::App* sub = command_->add_subcommand(sub_command, about);
  sub->allow_extras(false);
  sub->add_option("-c,--config", config_, "Configuration file instead of the default one")->type_name("FILE");
  sub->add_option("--keys-dir", keys_dir_, "Directory of the keys instead of the configuration's")->type_name("DIR");
  if (takes_json) sub->add_flag("--json", invocation_.common.json, "Print JSON");
  sub->callback([this, action] { action_ = action; });
  return sub;
}

int KeysCommand::run() {
  if (action_ == nullptr) return no_command();
  if (!config_.empty()) invocation_.common.config = config_;
  if (!keys_dir_.empty()) invocation_.keys_dir = keys_dir_;
  invocation_.overlap = std::chrono::seconds(overlap_s_);
  return action_(invocation_);
}

int KeysCommand::no_command() const {
  const auto extras = command_->remaining();
  std::string what = "keys: a command is missing";
  std::string mend = "Run: sipveil keys --help";
  if (!extras.empty()) {
    std::vector<std::string> names;
    for (const CLI::App* sub : command_->get_subcommands(nullptr))
      names.push_back(sub->get_name());
    what = fmt::format("keys: there is no command {}", in_quotes(extras.front()));
    if (const auto meant = nearest(extras.front(), names)) mend = fmt::format("Did you mean \"{}\"?", *meant);
  }
  fmt::print(stderr, "sipveil: {}. {}\n", what, mend);
  return exit_usage;
}

} // namespace sipveil::cli
