#pragma once

#include "bridge/identity/identities.h"
#include "privasip/keys.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::identity::test {

using privasip::Algorithm;
using privasip::KeyKind;
using privasip::KnownTo;
using privasip::UnixSeconds;
using privasip::Version;

inline constexpr UnixSeconds clock_now = 1'700'000'000;
/// User parts with a point, which base32 does not know: none can turn up in a token by chance.
inline const std::string alice_uri = "sip:alice.w@a.example";
inline const std::string bob_uri = "sip:bob.b@b.example";
inline const std::string password = "correct horse";

/// The key of a name, made once for all tests of the program: one of RSA takes long under a sanitizer.
[[nodiscard]] const SecretBytes& private_pem(const std::string& name, KeyKind kind);
[[nodiscard]] KeyKind kind_for(Algorithm algorithm); ///< not aes

/// A folder that goes with the test: keys_dir, and the files of passwords.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  void own(const std::string& name, KeyKind kind) const;
  void pin(const std::string& name, KeyKind kind) const;
  [[nodiscard]] std::filesystem::path secret(const std::string& file, std::string_view content) const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A request as its sender writes it.
struct Draft {
  std::string method = "INVITE";
  std::string uri = bob_uri;
  std::string from = "<" + alice_uri + ">;tag=f1";
  std::string to = "<" + bob_uri + ">";
  std::string lines; ///< more header lines, each ending in CRLF
  unsigned cseq = 1;

  [[nodiscard]] sip::Message message() const;
};
[[nodiscard]] sip::Message parsed(const std::string& text);
[[nodiscard]] sip::Message response(int status, const std::string& lines, const std::string& method = "INVITE");

/// What the hop would say of the dialog.
struct Leg {
  std::string wire_id = "wire-1@anonymous.invalid";
  std::optional<bool> opened_inside; ///< nullopt: by the side that this request comes from
  std::optional<Sealing> sealing;    ///< of the dialog; nullopt: that of a new one
  UnixSeconds issued = clock_now;
  UnixSeconds now = clock_now;
  TimePoint at{};
  std::uint8_t sealed_parties = 0;
  Originals restore;
};

/// What became of a message.
struct Result {
  std::optional<Refusal> refusal;
  sip::Message message;
  Originals originals;
  Caller caller;

  [[nodiscard]] int status() const { return refusal ? refusal->status : 0; }
};

/// One bridge: its configuration, its local key, its identity step.
class Place {
 public:
  explicit Place(Config config, char master = 'm');
  /// As the process that follows this one.
  void restart();
  [[nodiscard]] Identities& step() { return *identities_; }
  [[nodiscard]] const LocalSeal& seal() const { return *seal_; }
  [[nodiscard]] Result out(sip::Message message, const Leg& leg = {});
  [[nodiscard]] Result in(sip::Message message, const Leg& leg = {});
  [[nodiscard]] sip::Message out_response(sip::Message message, const Leg& leg = {});
  [[nodiscard]] sip::Message in_response(sip::Message message, const Leg& leg = {});

 private:
  std::unique_ptr<Config> config_;
  char master_;
  std::unique_ptr<LocalSeal> seal_;
  std::unique_ptr<Identities> identities_;
};

/// The Call-ID or tag of one side as the other side knows it.
[[nodiscard]] std::string translated(std::string_view id);

/// Alice's phone; the keys of both domains are pinned.
[[nodiscard]] Config phone_a(const Folder& folder, Version scheme = Version::privasip_2,
                             Algorithm algorithm = Algorithm::ecies_x25519);
[[nodiscard]] Config phone_b(const Folder& folder, Version scheme = Version::privasip_2,
                             Algorithm algorithm = Algorithm::ecies_x25519);
/// The sidecar of a domain, with the domain's key.
[[nodiscard]] Config sidecar(const Folder& folder, const std::string& domain,
                             Algorithm algorithm = Algorithm::ecies_x25519);

[[nodiscard]] std::string user_of(std::string_view uri);
[[nodiscard]] std::string uri_of(const std::string& name_addr);
[[nodiscard]] bool is_token(std::string_view uri); ///< its user part has the form of one

/// A Digest response as a verifier computes it (RFC 7616 section 3.4.1), apart from the code under test.
struct Signature {
  std::string user = "alice.w";
  std::string realm = "a.example";
  std::string secret = password;
  std::string method = "INVITE";
  std::string uri = bob_uri;
  std::string algorithm; ///< empty: not there, MD5
  std::string qop = "auth";
  std::string nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

  [[nodiscard]] std::string response() const;
  [[nodiscard]] std::string value() const; ///< of an Authorization header
};

} // namespace sipveil::identity::test
