#pragma once

#include "control/client.h"
#include "tests/unit/control/fake_control_port.h"
#include "tests/unit/control/run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>

namespace sipveil::testing {

/// A fake tor that asks for SAFECOOKIE, and a client of it. Every breach that the fake noted fails the test.
class ClientFixture : public ::testing::Test {
 protected:
  ClientFixture() {
    fake.behaviour.cookie = std::string(32, 'k');
    fake.behaviour.cookie_file = write("cookie", fake.behaviour.cookie);
  }
  ~ClientFixture() override {
    client.reset();
    io.restart();
    io.poll();
  }
  void TearDown() override {
    for (const auto& violation : fake.violations)
      ADD_FAILURE() << violation;
  }

  std::string write(const std::string& name, const std::string& content) {
    const auto file = directory.path() / name;
    std::ofstream(file, std::ios::binary) << content;
    ::chmod(file.c_str(), 0600);
    return file.string();
  }
  /// The client with short times, so that no test waits.
  control::ControlClient& make_client(control::ControlOptions options) {
    options.backoff = {5ms, 20ms};
    client = std::make_unique<control::ControlClient>(io.get_executor(), std::move(options));
    return *client;
  }
  control::ControlClient& make_client() { return make_client(control::ControlOptions{.endpoint = fake.endpoint()}); }
  control::ControlClient& connected() {
    auto& made = make_client();
    const auto result = run(io, made.connect());
    EXPECT_TRUE(result.has_value()) << result.error().text();
    return made;
  }
  Error connect_error(control::ControlOptions options) {
    const auto result = run(io, make_client(std::move(options)).connect());
    return result ? Error{Errc::cancelled, Fault::system, "(no error)", "", false} : result.error();
  }
  Error connect_error() { return connect_error(control::ControlOptions{.endpoint = fake.endpoint()}); }

  TemporaryDirectory directory;
  asio::io_context io;
  FakeControlPort fake{io, (directory.path() / "control").string()};
  std::unique_ptr<control::ControlClient> client;
};

} // namespace sipveil::testing
