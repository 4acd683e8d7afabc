#include "bridge/cli/keys.h"
#include "bridge/cli/keys_output.h"

#include <fmt/format.h>

namespace sipveil::cli {
namespace {

/// A line of the table.
struct Row {
  bool own = false;
  std::string name;
  privasip::PublicKey key;
  std::optional<privasip::UnixSeconds> retired_at;
};

Result<std::vector<Row>> rows_of(const privasip::KeyStore& store, const std::string& wanted) {
  std::vector<Row> rows;
  const auto add = [&](bool own, const std::string& name, const privasip::PublicKey& key, auto retired_at) {
    if (wanted.empty() || name == wanted) rows.push_back({own, name, key, retired_at});
  };
  const auto own = store.own(now());
  if (!own) return own.error();
  for (const privasip::OwnKey& key : *own)
    add(true, key.name, key.key.public_key(), key.retired_at);
  const auto names = store.pinned_names();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    // A damaged file of another name is no reason to show nothing.
    if (!wanted.empty() && name != wanted) continue;
    const auto keys = store.pinned(name);
    if (!keys) return keys.error();
    for (const privasip::PublicKey& key : *keys)
      add(false, name, key, std::optional<privasip::UnixSeconds>());
  }
  return rows;
}

void print_text(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    fmt::print("{:<8}{:<24}  {}", row.own ? "own" : "pinned", row.name, key_columns(row.key));
    if (row.retired_at) fmt::print("  retired, opens until {}", utc(*row.retired_at));
    fmt::print("\n        fingerprint {}\n", row.key.fingerprint());
  }
}

void print_json(const std::vector<Row>& rows) {
  std::string list;
  for (const Row& row : rows)
    list += fmt::format(R"({}{{"kind":"{}","name":"{}",{},"retired_at":{}}})", list.empty() ? "" : ",",
                        row.own ? "own" : "pinned", row.name, json_members(row.key),
                        row.retired_at ? std::to_string(*row.retired_at) : "null");
  fmt::print("{{\"keys\":[{}]}}\n", list);
}

} // namespace

int keys_show(const KeysInvocation& invocation) {
  if (!invocation.name.empty() && !is_key_name(invocation.name)) return exit_usage;
  const auto directory = keys_directory(invocation);
  if (!directory) return exit_usage;
  const auto rows = rows_of(privasip::KeyStore(*directory), invocation.name);
  if (!rows) return fail(rows.error());
  if (rows->empty() && !invocation.name.empty()) {
    fmt::print(stderr,
               "sipveil: there is no key of {0} in {1}. Run: sipveil keys fetch {0}; or, if it is yours: sipveil keys "
               "generate {0}\n",
               invocation.name, directory->string());
    return exit_failed;
  }
  if (invocation.common.json)
    print_json(*rows);
  else if (rows->empty())
    fmt::print("no keys in {}\n", directory->string());
  else
    print_text(*rows);
  return exit_done;
}

} // namespace sipveil::cli
