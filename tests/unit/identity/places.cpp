#include "tests/unit/identity/places.h"

#include "base/encoding.h"
#include "bridge/sip/name_addr.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <sys/stat.h>
#include <variant>

namespace sipveil::identity::test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
  ::chmod(file.c_str(), 0600);
}

KeyBook load(const Config& config, const SecretBytes& master) {
  auto book = KeyBook::load(config, master, clock_now);
  if (!book) throw std::runtime_error(book.error().what);
  return std::move(*book);
}

std::string hash(const EVP_MD* kind, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, kind, nullptr);
  return hex_encode(std::span(digest).first(size));
}

} // namespace

const SecretBytes& private_pem(const std::string& name, KeyKind kind) {
  static std::map<std::pair<std::string, KeyKind>, SecretBytes> made;
  auto& pem = made[{name, kind}];
  if (pem.empty()) pem = privasip::PrivateKey::generate(kind)->pem();
  return pem;
}

KeyKind kind_for(Algorithm algorithm) {
  if (algorithm == Algorithm::rsa) return KeyKind::rsa_2048;
  return algorithm == Algorithm::ecies_p256 ? KeyKind::p256 : KeyKind::x25519;
}

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "sipveil-identity-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::own(const std::string& name, KeyKind kind) const {
  const SecretBytes& pem = private_pem(name, kind);
  const auto key = privasip::PrivateKey::from_pem(pem)->public_key();
  const std::string file = name + "." + hex_encode(key.id());
  write(path_ / "own" / (file + ".pem"), pem.reveal());
  write(path_ / "own" / (file + ".pub"), key.pem());
}

void Folder::pin(const std::string& name, KeyKind kind) const {
  write(path_ / "peers" / (name + ".pem"), privasip::PrivateKey::from_pem(private_pem(name, kind))->public_key().pem());
}

fs::path Folder::secret(const std::string& file, std::string_view content) const {
  write(path_ / file, content);
  return path_ / file;
}

sip::Message parsed(const std::string& text) {
  auto result = sip::Message::parse(text);
  if (const auto* refusal = std::get_if<sip::Refusal>(&result)) throw std::runtime_error(refusal->reason);
  return std::move(std::get<sip::Message>(result));
}

sip::Message Draft::message() const {
  return parsed(method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/TCP anonymous.invalid;branch=z9hG4bK1\r\nFrom: " + from +
                "\r\nTo: " + to + "\r\nCall-ID: inner-1\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\n" +
                lines + "\r\n");
}

sip::Message response(int status, const std::string& lines, const std::string& method) {
  return parsed("SIP/2.0 " + std::to_string(status) +
                " Whatever\r\nVia: SIP/2.0/TCP anonymous.invalid;branch=z9hG4bK1\r\n"
                "From: <sip:anonymous@anonymous.invalid>;tag=f1\r\nTo: <sip:anonymous@anonymous.invalid>;tag=t1\r\n"
                "Call-ID: inner-1\r\nCSeq: 1 " +
                method + "\r\n" + lines + "\r\n");
}

std::string translated(std::string_view id) {
  return "x-" + std::string(id);
}

Place::Place(Config config, char master) : config_(std::make_unique<Config>(std::move(config))), master_(master) {
  restart();
}

void Place::restart() {
  const SecretBytes master(std::string(32, master_));
  identities_.reset();
  seal_ = std::make_unique<LocalSeal>(master);
  identities_ = std::make_unique<Identities>(*config_, load(*config_, master), *seal_);
}

namespace {

Dialog dialog_of(const Leg& leg, std::string_view written_uri, bool begins, bool outward) {
  Dialog dialog;
  dialog.wire_id = leg.wire_id;
  dialog.opened_inside = leg.opened_inside.value_or(outward);
  dialog.begins = begins;
  dialog.sealed_parties = leg.sealed_parties;
  dialog.written_uri = written_uri;
  dialog.issued = static_cast<std::uint32_t>(leg.issued);
  dialog.translate = translated;
  dialog.now = leg.at;
  dialog.unix_now = leg.now;
  return dialog;
}

} // namespace

Result Place::out(sip::Message message, const Leg& leg) {
  const std::string written(message.request_uri());
  const Caller caller = leg.sealing ? identities_->caller_of(message, *leg.sealing) : identities_->caller_of(message);
  Originals originals;
  auto refusal =
      identities_->outward_request(message, dialog_of(leg, written, message.to_tag().empty(), true), caller, originals);
  return {refusal, std::move(message), originals, caller};
}

Result Place::in(sip::Message message, const Leg& leg) {
  const std::string written(message.request_uri());
  auto refusal =
      identities_->inward_request(message, dialog_of(leg, written, message.to_tag().empty(), false), leg.restore);
  return {refusal, std::move(message), {}, {}};
}

sip::Message Place::out_response(sip::Message message, const Leg& leg) {
  identities_->outward_response(message, dialog_of(leg, {}, true, false));
  return message;
}

sip::Message Place::in_response(sip::Message message, const Leg& leg) {
  identities_->inward_response(message, dialog_of(leg, {}, true, false));
  return message;
}

namespace {

Config base_config(const Folder& folder, Version scheme, Algorithm algorithm) {
  Config config;
  config.identity.emplace();
  config.identity->scheme = scheme;
  config.identity->algorithm = algorithm;
  config.identity->keys_dir = folder.path();
  return config;
}

Config phone(const Folder& folder, Version scheme, Algorithm algorithm, const std::string& user,
             const std::string& host) {
  Config config = base_config(folder, scheme, algorithm);
  config.role = Role::phone;
  AccountConfig account;
  account.user = user;
  account.host = host;
  account.login = user;
  account.password_file = folder.secret(user + ".password", password + "\n");
  config.accounts.push_back(account);
  if (algorithm == Algorithm::aes) return config;
  folder.pin("a.example", kind_for(algorithm));
  folder.pin("b.example", kind_for(algorithm));
  return config;
}

} // namespace

Config phone_a(const Folder& folder, Version scheme, Algorithm algorithm) {
  return phone(folder, scheme, algorithm, "alice.w", "a.example");
}

Config phone_b(const Folder& folder, Version scheme, Algorithm algorithm) {
  return phone(folder, scheme, algorithm, "bob.b", "b.example");
}

Config sidecar(const Folder& folder, const std::string& domain, Algorithm algorithm) {
  Config config = base_config(folder, Version::privasip_2, algorithm);
  config.role = Role::proxy;
  config.identity->domains = {domain};
  if (algorithm != Algorithm::aes) {
    folder.own(domain, kind_for(algorithm));
    return config;
  }
  config.identity->scheme = Version::privasip_1;
  const std::string user = domain == "a.example" ? "alice.w" : "bob.b";
  const std::string ha1 = hash(EVP_md5(), user + ":" + domain + ":" + password);
  config.identity->subscribers_file = folder.secret("subscribers", user + ":" + domain + ":" + ha1 + "\n");
  return config;
}

std::string user_of(std::string_view uri) {
  const auto party = Party::parse(uri);
  return party ? party->user : "";
}

std::string uri_of(const std::string& name_addr) {
  const auto parsed_value = sip::parse_name_addr(name_addr);
  return parsed_value ? std::string(parsed_value->uri) : "";
}

bool is_token(std::string_view uri) {
  return privasip::looks_like_token(user_of(uri));
}

std::string Signature::response() const {
  const bool sha = algorithm.starts_with("SHA-256");
  const EVP_MD* kind = sha ? EVP_sha256() : EVP_md5();
  std::string ha1 = hash(kind, user + ":" + realm + ":" + secret);
  if (algorithm.ends_with("-sess")) ha1 = hash(kind, ha1 + ":" + nonce + ":" + (qop.empty() ? "" : "0a4f113b"));
  const std::string ha2 = hash(kind, method + ":" + uri);
  if (qop.empty()) return hash(kind, ha1 + ":" + nonce + ":" + ha2);
  return hash(kind, ha1 + ":" + nonce + ":00000001:0a4f113b:" + qop + ":" + ha2);
}

std::string Signature::value() const {
  std::string text = "Digest username=\"" + user + "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" +
                     uri + "\", response=\"" + response() + "\"";
  if (!algorithm.empty()) text += ", algorithm=" + algorithm;
  if (!qop.empty()) text += ", qop=" + qop + ", nc=00000001, cnonce=\"0a4f113b\"";
  return text + ", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
}

} // namespace sipveil::identity::test
