#include "control/circuit_book.h"

#include <algorithm>

namespace sipveil::control {
namespace {

/// RFC 1929 has both at 255 bytes at most, and a NUL in neither of ours.
std::string key_of(std::string_view user, std::string_view password) {
  std::string key(user);
  key += '\0';
  key += password;
  return key;
}

} // namespace

void CircuitBook::expect(const Isolation& credential) {
  const auto key = key_of(credential.user, credential.password);
  auto found = credentials_.find(key);
  if (found == credentials_.end()) {
    if (credentials_.size() >= most_credentials) return;
    found = credentials_.emplace(key, Credential()).first;
  }
  auto& known = found->second;
  ++known.links;
  move(leaving_, known.forget, TimePoint::max(), key);
  for (auto& [id, circuit] : known.circuits)
    move(due_, circuit.due, TimePoint::max(), id);
}

void CircuitBook::ended(const Isolation& credential, TimePoint now) {
  const auto found = credentials_.find(key_of(credential.user, credential.password));
  if (found == credentials_.end() || found->second.links == 0) return;
  auto& known = found->second;
  if (--known.links > 0) return;
  move(leaving_, known.forget, now + late, found->first);
  for (auto& [id, circuit] : known.circuits)
    schedule(id, circuit, now);
}

void CircuitBook::on_circuit(const CircEvent& event, TimePoint now) {
  if (event.status == CircuitStatus::closed || event.status == CircuitStatus::failed) return unbind(event.id);
  if (event.socks_username.empty() && event.socks_password.empty()) return;
  const auto key = key_of(event.socks_username, event.socks_password);
  const auto owner = owners_.find(event.id);
  if (owner != owners_.end() && owner->second == key) return;
  auto* circuit = bind(event.id, key);
  if (circuit == nullptr) return;
  circuit->introduction = event.purpose == "HS_CLIENT_INTRO" || event.purpose == "CIRCUIT_PADDING";
  if (credentials_.at(key).links == 0) schedule(event.id, *circuit, now);
}

void CircuitBook::on_stream(const StreamEvent& event, TimePoint now) {
  if (event.circuit == "0" || (event.socks_username.empty() && event.socks_password.empty())) return;
  const auto key = key_of(event.socks_username, event.socks_password);
  auto* circuit = bind(event.circuit, key);
  // Again even if it was asked for already: IfUnused does nothing while tor has not yet seen the stream's end.
  if (circuit != nullptr && credentials_.at(key).links == 0) schedule(event.circuit, *circuit, now);
}

void CircuitBook::forget_circuits() {
  owners_.clear();
  due_.clear();
  for (auto& [key, credential] : credentials_)
    credential.circuits.clear();
}

std::vector<std::string> CircuitBook::take_due(TimePoint now) {
  std::vector<std::string> ids;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto id = due_.begin()->second;
    move(due_, credentials_.at(owners_.at(id)).circuits.at(id).due, TimePoint::max(), id);
    ids.push_back(id);
  }
  while (!leaving_.empty() && leaving_.begin()->first <= now) {
    const auto key = leaving_.begin()->second;
    while (!credentials_.at(key).circuits.empty())
      unbind(std::string(credentials_.at(key).circuits.begin()->first));
    credentials_.erase(key);
    leaving_.erase(leaving_.begin());
  }
  return ids;
}

TimePoint CircuitBook::next_deadline() const {
  const auto first = [](const Agenda& agenda) { return agenda.empty() ? TimePoint::max() : agenda.begin()->first; };
  return std::min(first(due_), first(leaving_));
}

/// The circuit under this credential, taken from whichever had it: the latest event is right, since a circuit that was
/// built for one stream may serve another. nullptr if the credential is not ours or has too many.
CircuitBook::Circuit* CircuitBook::bind(const std::string& circuit, const std::string& credential) {
  const auto owner = owners_.find(circuit);
  if (owner != owners_.end()) {
    if (owner->second == credential) return &credentials_.at(credential).circuits.at(circuit);
    unbind(circuit);
  }
  const auto found = credentials_.find(credential);
  if (found == credentials_.end() || found->second.circuits.size() >= most_circuits) return nullptr;
  owners_.emplace(circuit, credential);
  return &found->second.circuits[circuit];
}

void CircuitBook::unbind(const std::string& circuit) {
  const auto owner = owners_.find(circuit);
  if (owner == owners_.end()) return;
  auto& circuits = credentials_.at(owner->second).circuits;
  const auto found = circuits.find(circuit);
  move(due_, found->second.due, TimePoint::max(), circuit);
  circuits.erase(found);
  owners_.erase(owner);
}

void CircuitBook::schedule(const std::string& id, Circuit& circuit, TimePoint now) {
  const auto longest = static_cast<std::uint64_t>(introduction_delay.count());
  const auto delay = circuit.introduction ? static_cast<Duration::rep>(random_() % longest) : 0;
  move(due_, circuit.due, now + Duration(delay), id);
}

/// `time` is where `what` stands in the agenda, max() for not at all.
void CircuitBook::move(Agenda& agenda, TimePoint& time, TimePoint to, const std::string& what) {
  if (time != TimePoint::max()) agenda.erase({time, what});
  if (to != TimePoint::max()) agenda.emplace(to, what);
  time = to;
}

} // namespace sipveil::control
