#include "control/tor_process.h"

#include "base/file.h"
#include "base/secret.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <system_error>
#include <unistd.h>

namespace sipveil::control {
namespace {

// A log of notices has some kilobytes; one that is larger is not worth reading for three sentences.
constexpr std::size_t longest_log = std::size_t{1024} * 1024;

Result<void> write_files(const TorLayout& layout, const TorProcessOptions& options) {
  if (options.extra_torrc && ::access(options.extra_torrc->c_str(), R_OK) != 0)
    return Error{Errc::invalid, Fault::configuration,
                 fmt::format("the file {} cannot be read", options.extra_torrc->string()),
                 "Correct or remove [tor] extra_torrc.", false};
  // Each by itself: what is made on the way to a directory may be entered by anybody.
  for (const auto& directory : {options.state_directory, layout.directory})
    if (auto made = make_private_directory(directory); !made) return made.error();
  std::error_code ignored;
  // It may be older than we are; tor puts no socket into a directory that others may enter.
  std::filesystem::permissions(layout.directory, std::filesystem::perms::owner_all, ignored);
  // A killed tor leaves its sockets behind; what answers there must be the tor that we start now.
  std::filesystem::remove(layout.control.path(), ignored);
  std::filesystem::remove(layout.socks.path(), ignored);
  std::filesystem::rename(layout.log, layout.log.string() + ".old", ignored);
  std::optional<std::filesystem::path> extra;
  if (options.extra_torrc) extra = std::filesystem::absolute(*options.extra_torrc, ignored);
  if (options.service) {
    if (auto alone = check_extra_torrc(extra); !alone) return alone;
    if (auto written = write_service(layout.service, *options.service); !written) return written;
  }
  const auto torrc = options.service ? make_service_torrc(layout, extra, ::getpid(), *options.service)
                                     : make_torrc(layout, extra, ::getpid());
  return write_secret_file(layout.torrc, SecretBytes(std::string_view(torrc)));
}

/// --hush keeps what tor complains about before its log is open, and nothing else. The defaults of the system's tor are
/// not ours.
std::vector<std::string> command(const TorLayout& layout, const std::string& binary) {
  return {binary, "--defaults-torrc", "/nonexistent", "--ignore-missing-torrc", "-f", layout.torrc.string(), "--hush"};
}

/// True when something accepts connections there; that its file exists would prove nothing.
asio::awaitable<Result<bool>> accepts(std::string path) {
  asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
  const asio::local::stream_protocol::endpoint address(path);
  const auto [code] = co_await socket.async_connect(address, asio::as_tuple(asio::use_awaitable));
  co_return !code;
}

ProgramPlan plan_of(const TorLayout& layout, std::shared_ptr<const TorProcessOptions> options) {
  ProgramPlan plan;
  plan.name = "tor";
  plan.install = "Run: apt install tor, or set [tor] binary.";
  plan.output = layout.log;
  plan.log = layout.log;
  plan.silence = "its control socket does not answer";
  plan.start_timeout = options->start_timeout;
  plan.stop_timeout = options->stop_timeout;
  plan.last_words = [file = layout.log] {
    const auto log = read_file(file, longest_log);
    return log ? last_complaints(*log) : std::string();
  };
  plan.prepare = [layout, options]() -> Result<std::vector<std::string>> {
    if (auto written = write_files(layout, *options); !written) return written.error();
    return command(layout, options->binary);
  };
  plan.is_ready = [path = layout.control.path()](pid_t) { return accepts(path); };
  return plan;
}

} // namespace

Result<std::unique_ptr<TorProcess>> TorProcess::create(asio::any_io_executor executor, TorProcessOptions options) {
  auto layout = TorLayout::below(options.state_directory, options.name);
  if (!layout) return layout.error();
  // The key of a service cannot be copied, a plan's functions are.
  auto plan = plan_of(*layout, std::make_shared<const TorProcessOptions>(std::move(options)));
  return std::unique_ptr<TorProcess>(new TorProcess(std::move(executor), std::move(plan), std::move(*layout)));
}

} // namespace sipveil::control
