#include "bridge/cli/command.h"
#include "bridge/cli/keys_command.h"
#include "bridge/config/suggest.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using sipveil::cli::Command;
using sipveil::cli::Invocation;

constexpr Command commands[] = {
    {"run", "Carry calls until SIGTERM", false, sipveil::cli::run},
    {"check", "Check the configuration and say every mistake in it", false, sipveil::cli::check},
    {"doctor", "Examine what calls need, from this machine to the peers", true, sipveil::cli::doctor},
    {"status", "Show what the running sipveil does", true, sipveil::cli::status},
};

int wrong_usage(std::string_view what, std::string_view mend = "Run: sipveil --help") {
  fmt::print(stderr, "sipveil: {}. {}\n", what, mend);
  return sipveil::cli::exit_usage;
}

/// CLI11 has printed nothing yet: help and version go to standard output, a mistake becomes one line.
int explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  return wrong_usage(error.what());
}

int no_command(const CLI::App& app) {
  const auto extras = app.remaining();
  if (extras.empty()) return wrong_usage("a command is missing");
  std::vector<std::string> names;
  for (const Command& command : commands)
    names.emplace_back(command.name);
  names.emplace_back(sipveil::cli::KeysCommand::name);
  const auto meant = sipveil::nearest(extras.front(), names);
  const std::string what = fmt::format("there is no command {}", sipveil::in_quotes(extras.front()));
  return meant ? wrong_usage(what, fmt::format("Did you mean \"{}\"?", *meant)) : wrong_usage(what);
}

} // namespace

int main(int count, char** arguments) {
  CLI::App app("SIP calls over Tor for phones and proxies that know neither.", "sipveil");
  app.set_version_flag("--version", "sipveil " SIPVEIL_VERSION);
  app.require_subcommand(0, 1);
  // So that a mistyped command can be told from a missing one.
  app.allow_extras();

  Invocation invocation;
  std::string config;
  const Command* chosen = nullptr;
  for (const Command& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.about);
    sub->allow_extras(false);
    sub->add_option("-c,--config", config, "Configuration file instead of the default one")->type_name("FILE");
    if (command.takes_json) sub->add_flag("--json", invocation.json, "Print JSON");
    sub->callback([&chosen, &command] { chosen = &command; });
  }
  sipveil::cli::KeysCommand keys(app);

  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  }
  if (keys.chosen()) return keys.run();
  if (chosen == nullptr) return no_command(app);
  if (!config.empty()) invocation.config = config;
  return chosen->run(invocation);
}
