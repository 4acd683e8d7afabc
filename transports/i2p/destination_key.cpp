#include "transports/i2p/destination_key.h"

#include "base/file.h"
#include "transports/i2p/destination.h"
#include "transports/i2p/request.h"
#include "transports/i2p/sam_connection.h"
#include "transports/i2p/sam_error.h"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace sipveil::i2p {
namespace {

std::filesystem::path file_in(const std::filesystem::path& state_dir) {
  return state_dir / "i2p_destination";
}

Error wrong_kind() {
  return {Errc::malformed, Fault::local_service, "the I2P router gave a destination that is not of Ed25519",
          "Use a router that knows SIGNATURE_TYPE=7: i2pd, or Java I2P since 0.9.17.", false};
}

Error cancelled() {
  return {Errc::cancelled, Fault::system, "asking the I2P router for a destination was cancelled", "", false};
}

} // namespace

asio::awaitable<Result<DestinationKey>> generate_destination(Endpoint sam) try {
  std::string question = request::dest_generate();
  auto reply = co_await SamConnection::ask(std::move(sam), std::move(question), Reply::Kind::dest);
  if (!reply) co_return reply.error();
  const auto key = reply->value("PRIV");
  // DEST REPLY has a RESULT only if it failed.
  if (!key || reply->value("RESULT").value_or("OK") != "OK") co_return sam_error(*reply);
  auto destination = Destination::of_private_key(*key);
  if (!destination) co_return destination.error();
  const auto announced = Destination::parse(reply->value("PUB").value_or(""));
  if (!announced || *announced != *destination) co_return out_of_turn();
  if (!destination->ed25519()) co_return wrong_kind();
  co_return DestinationKey{SecretBytes(*key), destination->name()};
} catch (const boost::system::system_error&) {
  co_return cancelled();
}

Result<std::optional<DestinationKey>> load_destination(const std::filesystem::path& state_dir) {
  const auto file = file_in(state_dir);
  std::error_code failure;
  if (!std::filesystem::exists(file, failure) && !failure) return std::optional<DestinationKey>();
  auto content = read_secret_file(file);
  if (!content) return content.error();
  auto text = content->reveal();
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  const auto destination = Destination::of_private_key(text);
  if (!destination)
    return Error{Errc::invalid, Fault::configuration, fmt::format("{} holds no I2P destination key", file.string()),
                 fmt::format("Restore {} from a backup, or move it away to get a new destination.", file.string()),
                 false};
  return std::optional(DestinationKey{SecretBytes(text), destination->name()});
}

Result<void> store_destination(const std::filesystem::path& state_dir, const DestinationKey& key) {
  const auto file = file_in(state_dir);
  std::error_code failure;
  if (std::filesystem::exists(file, failure) || failure)
    return Error{Errc::invalid, Fault::configuration,
                 fmt::format("{} is not overwritten: it may hold the only copy of a destination key", file.string()),
                 fmt::format("Move {} away to get a new destination.", file.string()), false};
  return write_secret_file(file, key.private_key);
}

} // namespace sipveil::i2p
