// The identity step over whole messages, with fixed keys. The first byte chooses the configuration, the second the
// direction and the dialog; the rest is a message. What passes prints and parses again, and outward nobody who had to
// be sealed stands in it.
#include "bridge/identity/digest.h"
#include "bridge/identity/identities.h"
#include "bridge/sip/name_addr.h"
#include "bridge/sip/text.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <variant>
#include <vector>

namespace {

using namespace sipveil;
using namespace sipveil::identity;
using privasip::Version;
using sip::Message;
using sip::Method;

/// Made for this file: it opens nothing anywhere else.
constexpr std::string_view private_pem = "-----BEGIN PRIVATE KEY-----\n"
                                         "MC4CAQAwBQYDK2VuBCIEIEjt77sxaN15XPARB6FV/39Pndwt3smYI+wPaJzkMBZE\n"
                                         "-----END PRIVATE KEY-----\n";
constexpr privasip::UnixSeconds now = 1'700'000'000;
constexpr std::string_view wire_id = "wire@anonymous.invalid";

void require(bool condition) {
  if (!condition) std::abort();
}

/// keys_dir with that key for both domains, as the own one and as the pinned one.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sipveil-fuzz-XXXXXX").string();
    require(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    const auto key = privasip::PrivateKey::from_pem(SecretBytes(private_pem))->public_key();
    const std::string id = key.fingerprint().substr(0, 8);
    for (const std::string name : {"a.example", "b.example"})
      write("peers/" + name + ".pem", key.pem());
    write("own/a.example." + id + ".pem", private_pem);
    write("own/a.example." + id + ".pub", key.pem());
    write("password", "correct horse\n");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void write(const std::string& name, std::string_view content) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content;
    ::chmod(file.c_str(), 0600);
  }
  std::filesystem::path path_;
};

struct Place {
  Config config;
  std::unique_ptr<Identities> step;
};

struct Setup {
  Role role;
  Version scheme;
  bool hide_domain;
  bool pseudonyms;
};
constexpr Setup setups[] = {
    {Role::phone, Version::none, false, false},       {Role::phone, Version::privasip_1, false, false},
    {Role::phone, Version::privasip_2, false, false}, {Role::phone, Version::privasip_2, true, false},
    {Role::proxy, Version::privasip_2, false, false}, {Role::proxy, Version::privasip_2, true, true},
};

std::vector<std::unique_ptr<Place>> make_places() {
  static const Folder folder;
  static const SecretBytes master(std::string(32, 'm'));
  static const LocalSeal seal(master);
  std::vector<std::unique_ptr<Place>> places;
  for (const Setup& setup : setups) {
    auto place = std::make_unique<Place>();
    place->config.role = setup.role;
    auto& identity = place->config.identity.emplace();
    identity.scheme = setup.scheme;
    identity.hide_domain = setup.hide_domain;
    identity.pseudonyms = setup.pseudonyms;
    identity.keys_dir = folder.path();
    if (setup.role == Role::proxy) {
      identity.domains = {"a.example"};
    } else {
      auto& account = place->config.accounts.emplace_back();
      account.user = account.login = "alice.w";
      account.host = "a.example";
      account.password_file = folder.path() / "password";
    }
    auto keys = KeyBook::load(place->config, master, now);
    require(keys.has_value());
    place->step = std::make_unique<Identities>(place->config, std::move(*keys), seal);
    places.push_back(std::move(place));
  }
  return places;
}

// Bounds of the parser may be passed by what is added.
bool near_bound(const std::string& printed) {
  return printed.size() + 4096 > sip::max_message_bytes;
}

Message again(const Message& message) {
  const std::string printed = message.print();
  auto result = Message::parse(printed);
  require(std::holds_alternative<Message>(result));
  Message second = std::move(std::get<Message>(result));
  require(second.print() == printed);
  return second;
}

bool is_sealed(std::string_view uri) {
  const auto party = Party::parse(uri);
  return party && (party->user.empty() || party->host == anonymous_host || privasip::looks_like_token(party->user));
}

void check_caller(const Message& sent, const Party& caller) {
  const auto names_caller = [&caller](std::string_view uri) {
    const auto party = Party::parse(uri);
    return !party || party->same_person(caller);
  };
  require(is_sealed(sent.from_uri()));
  for (std::size_t i = 0; i < sent.header_count(); ++i) {
    const auto header = sent.header_at(i);
    if (names_person(header.name)) {
      const auto name = sip::parse_name_addr(header.value);
      require(name && name->display.empty() && name->params.empty() && !names_caller(name->uri));
    } else if (sip::iequals(header.name, "Authorization") || sip::iequals(header.name, "Proxy-Authorization")) {
      const auto credentials = Credentials::parse(header.value);
      require(credentials && privasip::looks_like_token(credentials->get("username")));
    }
  }
}

void check_callee(const Message& sent, Role role, bool begins) {
  // To of a registration is no callee; beside a proxy those of other domains are theirs to hide.
  if (role == Role::phone || sent.method() != Method::register_) require(is_sealed(sent.to_uri()));
  const auto target = Party::parse(sent.request_uri());
  if (begins && sent.method() != Method::register_)
    require(target && (is_sealed(sent.request_uri()) || target->host.ends_with(".onion")));
  const auto refer_to = sent.header("Refer-To");
  const auto name = refer_to ? sip::parse_name_addr(*refer_to) : std::nullopt;
  if (refer_to) require(name && is_sealed(name->uri));
}

void check_outward(Place& place, Message message, Dialog& dialog) {
  if (!message.is_request()) {
    place.step->outward_response(message, dialog);
    again(message);
    return;
  }
  const auto from = Party::parse(message.from_uri());
  const Caller caller = place.step->caller_of(message);
  Originals originals;
  if (const auto refusal = place.step->outward_request(message, dialog, caller, originals)) {
    require(refusal->status >= 400 && refusal->status < 600);
    return;
  }
  require(from.has_value());
  const Message sent = again(message);
  if (!dialog.opened_inside || caller.sealing.scheme == Version::none) return;
  const bool own = place.config.role == Role::phone || from->host == "a.example";
  if (own && !caller.sealing.open_caller && !from->user.empty() && !privasip::looks_like_token(from->user))
    check_caller(sent, *from);
  if (caller.sealing.scheme == Version::privasip_2) check_callee(sent, place.config.role, dialog.begins);
}

void check_inward(Place& place, Message message, const Dialog& dialog, const Originals& restore) {
  if (!message.is_request()) {
    place.step->inward_response(message, dialog);
  } else if (place.step->inward_request(message, dialog, restore)) {
    return;
  }
  again(message);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto places = make_places();
  if (size < 2) return 0;
  auto result = Message::parse({reinterpret_cast<const char*>(data + 2), size - 2});
  auto* const message = std::get_if<Message>(&result);
  if (message == nullptr || near_bound(message->print())) return 0;
  Place& place = *places[data[0] % places.size()];
  const std::string written(message->request_uri());
  Dialog dialog;
  dialog.wire_id = wire_id;
  dialog.opened_inside = (data[1] & 2U) == 0;
  dialog.begins = message->to_tag().empty();
  dialog.written_uri = written;
  dialog.issued = static_cast<std::uint32_t>(now);
  dialog.translate = [](std::string_view id) { return "x" + std::string(id); };
  dialog.unix_now = now;
  Originals restore;
  if ((data[1] & 4U) != 0) restore = {"sip:alice.w@a.example", "sip:bob.b@b.example"};
  if ((data[1] & 1U) == 0) {
    check_outward(place, std::move(*message), dialog);
  } else {
    check_inward(place, std::move(*message), dialog, restore);
  }
  return 0;
}
