#pragma once

#include "bridge/config/reader.h"
#include "control/client_auth.h"
#include "transports/address.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sipveil {

// From the strings of the file to values that exist only if valid. Each returns nullopt after it has noted the mistake.

/// A numeric host:port: what this machine listens on or sends plain SIP to is never looked up.
std::optional<HostPort> numeric_host_port(const Text& text, Reading& reading);

/// Each a numeric host:port, none of them twice. Wrong ones are left out.
std::vector<HostPort> listen_addresses(const std::vector<Text>& texts, Reading& reading);

/// "host:port" or "unix:/path"; a relative path starts at the directory of the file.
std::optional<Endpoint> endpoint(const Text& text, Reading& reading);
/// The same for a place where we listen ourselves: port 0 lets the system choose.
std::optional<Endpoint> listen_endpoint(const Text& text, Reading& reading);

/// A path, made absolute from the directory of the file.
std::optional<std::filesystem::path> file_path(const Text& text, Reading& reading);

/// A path whose file exists (unless the reading must not look at files).
std::optional<std::filesystem::path> existing_file(const Text& text, Reading& reading);

/// As `existing_file`, and nobody else may read it. The value is never repeated: somebody may have put the secret
/// itself there.
std::optional<std::filesystem::path> secret_file(const Text& text, Reading& reading);

/// The value is never repeated: it could be the private key.
std::optional<control::ClientPublicKey> public_key(const Text& text, Reading& reading);

/// The host part of a SIP address, in lower case, or "*".
std::optional<std::string> domain(const Text& text, Reading& reading);
/// The same without "*".
std::optional<std::string> own_domain(const Text& text, Reading& reading);

} // namespace sipveil
