#include "control/i2pd_process.h"

#include "base/file.h"
#include "control/listener_of.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <thread>
#include <unistd.h>

namespace sipveil::control {
namespace {

// Warnings of a day have some kilobytes; a larger log is not worth reading for three sentences.
constexpr std::size_t longest_log = std::size_t{1024} * 1024;
constexpr std::size_t longest_conf = std::size_t{256} * 1024; // i2pd's own, all comments included, has 9 KB

/// i2pd ends within some 100 ms of SIGTERM, or not at all (see I2pdProcessOptions::stop_timeout).
constexpr int looks_at_predecessor = 150;
constexpr Duration between_looks_at_predecessor = 10ms;

/// A port of 127.0.0.1 that is free for TCP while the one below it is free for UDP, where i2pd 2.45 takes SAM's
/// datagrams without being asked.
Result<std::uint16_t> free_sam_port() {
  constexpr int tries = 50; // a neighbour is free in nearly every one
  const auto loopback = asio::ip::address_v4::loopback();
  asio::io_context context;
  for (int i = 0; i < tries; ++i) {
    boost::system::error_code failed;
    asio::ip::tcp::acceptor stream(context);
    stream.open(asio::ip::tcp::v4(), failed);
    if (!failed) stream.bind({loopback, 0}, failed);
    if (failed) continue;
    const auto port = stream.local_endpoint(failed).port();
    asio::ip::udp::socket datagrams(context);
    if (!failed) datagrams.open(asio::ip::udp::v4(), failed);
    if (!failed) datagrams.bind({loopback, static_cast<std::uint16_t>(port - 1)}, failed);
    if (!failed) return port;
  }
  return Error{Errc::address_in_use, Fault::system, "no free port of 127.0.0.1 was found for i2pd", "", true};
}

/// The process that has our data directory, 0 if there is none: it says so in its pid file and in its command.
pid_t predecessor(const I2pdLayout& layout) {
  const auto text = read_file(layout.pid_file, 32);
  pid_t pid = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc() || pid <= 1) return 0;
  const auto command = read_file(fmt::format("/proc/{}/cmdline", pid), 64 * std::size_t{1024});
  if (!command) return 0;
  const std::string ours = "--datadir=" + layout.directory.string() + '\0';
  return command->find(ours) != std::string::npos ? pid : 0;
}

/// Only after we were killed: nothing else leaves one. It holds up the event loop, which has nothing to do yet.
void end_predecessor(const I2pdLayout& layout) {
  for (int looks = 0; looks < looks_at_predecessor; ++looks) {
    const pid_t pid = predecessor(layout);
    if (pid == 0) return;
    ::kill(pid, looks == 0 ? SIGTERM : looks + 1 == looks_at_predecessor ? SIGKILL : 0);
    std::this_thread::sleep_for(between_looks_at_predecessor);
  }
}

Result<void> prepare_files(const I2pdLayout& layout, const I2pdProcessOptions& options) {
  if (options.extra_conf) {
    const auto text = read_file(*options.extra_conf, longest_conf);
    if (!text)
      return Error{Errc::invalid, Fault::configuration,
                   fmt::format("the file {} cannot be read", options.extra_conf->string()),
                   "Correct or remove [i2p] extra_conf.", false};
    if (auto usable = check_extra_conf(*text); !usable) return usable;
  }
  // Each by itself: what is made on the way to a directory may be entered by anybody.
  for (const auto& directory : {options.state_directory, layout.directory})
    if (auto made = make_private_directory(directory); !made) return made.error();
  std::error_code ignored;
  // It may be older than we are, and i2pd's keys can be read by whoever may enter.
  std::filesystem::permissions(layout.directory, std::filesystem::perms::owner_all, ignored);
  end_predecessor(layout);
  std::filesystem::rename(layout.log, layout.log.string() + ".old", ignored);
  return {};
}

std::string complaints(const I2pdLayout& layout) {
  const auto log = read_file(layout.log, longest_log);
  auto words = log ? last_i2pd_complaints(*log) : std::string();
  if (!words.empty()) return words;
  const auto output = read_file(layout.output, longest_log);
  if (!output) return {};
  words = last_i2pd_complaints(*output);
  // Before there is a log i2pd just says what it does not like.
  return words.empty() ? output->substr(0, output->find('\n')) : words;
}

asio::awaitable<Result<bool>> listens(std::uint16_t port, pid_t pid) {
  switch (listener_of(port, pid)) {
  case ListenerOf::nobody: co_return false;
  case ListenerOf::the_process: co_return true;
  case ListenerOf::somebody_else: break;
  }
  co_return Error{Errc::address_in_use, Fault::system,
                  fmt::format("another program has taken the port {} that i2pd was to have", port), "", true};
}

ProgramPlan plan_of(const I2pdLayout& layout, I2pdProcessOptions options, const std::shared_ptr<std::uint16_t>& port) {
  ProgramPlan plan;
  plan.name = "i2pd";
  plan.install = "Run: apt install i2pd, or set [i2p] binary.";
  plan.output = layout.output;
  plan.log = layout.log;
  plan.silence = "its SAM port does not open";
  plan.start_timeout = options.start_timeout;
  plan.stop_timeout = options.stop_timeout;
  plan.between_looks = 100ms; // each reads a table of all sockets
  plan.last_words = [layout] { return complaints(layout); };
  plan.prepare = [layout, options = std::move(options), port]() -> Result<std::vector<std::string>> {
    if (auto prepared = prepare_files(layout, options); !prepared) return prepared.error();
    const auto free = free_sam_port();
    if (!free) return free.error();
    *port = *free;
    std::error_code ignored;
    std::optional<std::filesystem::path> extra;
    if (options.extra_conf) extra = std::filesystem::absolute(*options.extra_conf, ignored);
    return i2pd_command(layout, options.binary, extra, *port);
  };
  plan.is_ready = [port](pid_t pid) { return listens(*port, pid); };
  return plan;
}

} // namespace

Result<std::unique_ptr<I2pdProcess>> I2pdProcess::create(asio::any_io_executor executor, I2pdProcessOptions options) {
  auto layout = I2pdLayout::below(options.state_directory);
  if (!layout) return layout.error();
  auto port = std::make_shared<std::uint16_t>();
  auto plan = plan_of(*layout, std::move(options), port);
  return std::unique_ptr<I2pdProcess>(
      new I2pdProcess(std::move(executor), std::move(plan), std::move(*layout), std::move(port)));
}

Endpoint I2pdProcess::sam() const {
  return *Endpoint::parse(fmt::format("127.0.0.1:{}", *port_));
}

std::string I2pdProcess::last_words() const {
  return complaints(layout_);
}

} // namespace sipveil::control
