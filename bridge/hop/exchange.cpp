#include "bridge/hop/exchange.h"

#include <algorithm>

namespace sipveil::hop {
namespace {

using transaction::InviteClient;
using transaction::InviteServer;
using transaction::NonInviteClient;
using transaction::NonInviteServer;

} // namespace

bool Exchange::answered() const {
  if (const auto* invite = std::get_if<InviteServer>(&server)) return invite->answered();
  if (const auto* other = std::get_if<NonInviteServer>(&server)) return other->answered();
  return true;
}

bool Exchange::waits_for_link() const {
  return !sent() && static_cast<const LinkHook<TargetLinkTag>&>(*this).is_linked();
}

bool Exchange::needs_request() const {
  if (!answered() || waits_for_link()) return true;
  if (const auto* invite = std::get_if<InviteClient>(&client))
    return invite->state() != InviteClient::State::accepted && invite->state() != InviteClient::State::terminated;
  const auto* other = std::get_if<NonInviteClient>(&client);
  return other != nullptr &&
         (other->state() == NonInviteClient::State::trying || other->state() == NonInviteClient::State::proceeding);
}

bool Exchange::needs_head() const {
  if (!answered()) return true;
  const auto* invite = std::get_if<InviteServer>(&server);
  return invite != nullptr && invite->state() == InviteServer::State::accepted; // another branch may bring its 2xx
}

bool Exchange::finished() const {
  if (waits_for_link()) return false;
  const auto* invite_server = std::get_if<InviteServer>(&server);
  const auto* other_server = std::get_if<NonInviteServer>(&server);
  if (invite_server != nullptr && invite_server->state() != InviteServer::State::terminated) return false;
  if (other_server != nullptr && other_server->state() != NonInviteServer::State::terminated) return false;
  const auto* invite_client = std::get_if<InviteClient>(&client);
  const auto* other_client = std::get_if<NonInviteClient>(&client);
  if (invite_client != nullptr && invite_client->state() != InviteClient::State::terminated) return false;
  return other_client == nullptr || other_client->state() == NonInviteClient::State::terminated;
}

TimePoint Exchange::deadline() const {
  TimePoint earliest = orphaned;
  if (detour != nullptr && (detour->was_sent || !waits_for_link())) {
    earliest = std::min(earliest, detour->give_up);
    if (!sent() && !waits_for_link()) earliest = std::min(earliest, detour->next_try);
  }
  if (const auto* machine = std::get_if<InviteServer>(&server)) earliest = std::min(earliest, machine->deadline());
  if (const auto* machine = std::get_if<NonInviteServer>(&server)) earliest = std::min(earliest, machine->deadline());
  if (const auto* machine = std::get_if<InviteClient>(&client)) earliest = std::min(earliest, machine->deadline());
  if (const auto* machine = std::get_if<NonInviteClient>(&client)) earliest = std::min(earliest, machine->deadline());
  return earliest;
}

Exchange& ExchangeTable::add(std::unique_ptr<Exchange> exchange) {
  Exchange& added = *exchange;
  owned_.emplace(added.branch_key, std::move(exchange));
  if (added.has_server()) by_request_.emplace(added.server_key, &added);
  return added;
}

void ExchangeTable::remove(Exchange& exchange) {
  timers_.cancel(exchange);
  const auto request = by_request_.find(exchange.server_key);
  if (request != by_request_.end() && request->second == &exchange) by_request_.erase(request);
  for (const Fork& fork : exchange.forks) {
    const auto ack = by_ack_.find(fork.ack_key);
    if (ack != by_ack_.end() && ack->second == &exchange) by_ack_.erase(ack);
  }
  owned_.erase(exchange.branch_key);
}

Exchange* ExchangeTable::by_request(const Digest& server_key) {
  const auto found = by_request_.find(server_key);
  return found == by_request_.end() ? nullptr : found->second;
}

Exchange* ExchangeTable::by_branch(const Digest& branch_key) {
  const auto found = owned_.find(branch_key);
  return found == owned_.end() ? nullptr : found->second.get();
}

Exchange* ExchangeTable::by_ack(const Digest& ack_key) {
  const auto found = by_ack_.find(ack_key);
  return found == by_ack_.end() ? nullptr : found->second;
}

Fork* ExchangeTable::add_fork(Exchange& exchange, const Digest& ack_key) {
  if (exchange.forks.size() >= max_forks) return nullptr;
  by_ack_.emplace(ack_key, &exchange);
  return &exchange.forks.emplace_back(Fork{ack_key, {}, {}, false});
}

bool ExchangeTable::settle(Exchange& exchange) {
  if (exchange.finished()) {
    remove(exchange);
    return false;
  }
  if (!exchange.needs_request()) std::string().swap(exchange.sent_request);
  if (!exchange.needs_head()) std::string().swap(exchange.head);
  const TimePoint when = exchange.deadline();
  if (when == transaction::never) {
    timers_.cancel(exchange);
  } else {
    timers_.set(exchange, when);
  }
  return true;
}

std::vector<Exchange*> ExchangeTable::all() {
  std::vector<Exchange*> list;
  list.reserve(owned_.size());
  for (auto& [key, exchange] : owned_)
    list.push_back(exchange.get());
  return list;
}

} // namespace sipveil::hop
