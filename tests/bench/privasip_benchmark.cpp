// What sealing and opening one identity costs, for the first message of a dialog (nothing is remembered: the cache is
// off, and each token is of another dialog) and for the later ones; and finding one subscriber among many.
#include "privasip/opener.h"
#include "privasip/replay_guard.h"
#include "privasip/sealer.h"

#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sipveil;
using namespace sipveil::privasip;

constexpr UnixSeconds now = 1'700'000'000;
const Identity alice{"alice.liddell.of.wonderland", "a.example"};

enum Scheme : std::int64_t { aes, rsa_2048, rsa_3072, x25519, p256 };

KeyKind kind_of(std::int64_t scheme) {
  switch (scheme) {
  case rsa_2048: return KeyKind::rsa_2048;
  case rsa_3072: return KeyKind::rsa_3072;
  case p256: return KeyKind::p256;
  default: return KeyKind::x25519;
  }
}

PasswordKey password_of(const std::string& user) {
  return PasswordKey::from_password(user, "a.example", SecretBytes(std::string_view("correct horse")));
}

std::vector<OwnKey> own_keys(std::int64_t scheme) {
  std::vector<OwnKey> keys;
  if (scheme != aes) keys.push_back({"a.example", *PrivateKey::generate(kind_of(scheme)), std::nullopt});
  return keys;
}

/// `count` of them, alice in the middle.
std::vector<Subscriber> subscribers(std::size_t count) {
  std::vector<Subscriber> list;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string user = i == count / 2 ? "alice" : "user" + std::to_string(i);
    list.push_back({user, "a.example", password_of(user)});
  }
  return list;
}

/// A sealer and an opener that fit together. `cache`: entries of both.
struct Pair {
  Pair(std::int64_t scheme, std::size_t cache, std::size_t subscriber_count = 1)
      : Pair(own_keys(scheme), cache, scheme == aes ? subscriber_count : 0) {}
  Pair(std::vector<OwnKey> keys, std::size_t cache, std::size_t subscriber_count)
      : sealer(SecretBytes(std::string(32, 'm')), cache), password(password_of("alice")),
        public_key(keys.empty() ? std::nullopt : std::optional(keys.front().key.public_key())),
        opener(std::move(keys), subscribers(subscriber_count), cache) {}

  std::string seal(const std::string& dialog) {
    const Recipient recipient = public_key ? Recipient(&*public_key) : Recipient(&password);
    return *sealer.seal(alice, false, {Sender::caller, Subject::caller, dialog}, recipient, now);
  }
  bool open(const std::string& token, const std::string& dialog) {
    return opener.open(token, {Sender::caller, Subject::caller, dialog}, now).has_value();
  }

  Sealer sealer;
  PasswordKey password;
  std::optional<PublicKey> public_key;
  Opener opener;
};

std::string dialog(std::size_t number) {
  return "1b2e7c4f8a6d4c1b9f3e5a7d2c8b6e" + std::to_string(number) + "@anonymous.invalid";
}

void seal_first(benchmark::State& state) {
  Pair pair(state.range(0), 0);
  std::size_t number = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(pair.seal(dialog(++number)));
}

void seal_again(benchmark::State& state) {
  Pair pair(state.range(0), 16);
  for (auto _ : state)
    benchmark::DoNotOptimize(pair.seal(dialog(1)));
}

void open_first(benchmark::State& state) {
  Pair pair(state.range(0), 0, static_cast<std::size_t>(state.range(1)));
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < 64; ++i)
    tokens.push_back(pair.seal(dialog(i)));
  std::size_t number = 0;
  for (auto _ : state) {
    const std::size_t i = ++number % tokens.size();
    if (!pair.open(tokens[i], dialog(i))) state.SkipWithError("a token did not open");
  }
}

void open_again(benchmark::State& state) {
  Pair pair(state.range(0), 16);
  const std::string token = pair.seal(dialog(1));
  for (auto _ : state)
    if (!pair.open(token, dialog(1))) state.SkipWithError("a token did not open");
}

/// A token for a key that is not ours: the cost of the decoy.
void refuse(benchmark::State& state) {
  Pair pair(state.range(0), 0);
  Pair other(state.range(0), 0);
  const std::string token = other.seal(dialog(1));
  for (auto _ : state)
    if (pair.open(token, dialog(1))) state.SkipWithError("a foreign token opened");
}

void replay_check(benchmark::State& state) {
  ReplayGuard guard(std::chrono::seconds(600));
  const std::string token(138, 'a');
  std::size_t number = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(guard.check(token + std::to_string(++number), 1, now, now));
}

void schemes(benchmark::internal::Benchmark* benchmark) {
  for (const auto scheme : {aes, rsa_2048, rsa_3072, x25519, p256})
    benchmark->Arg(scheme);
}

BENCHMARK(seal_first)->Apply(schemes);
BENCHMARK(seal_again)->Apply(schemes);
BENCHMARK(open_first)->Args({rsa_2048, 0})->Args({rsa_3072, 0})->Args({x25519, 0})->Args({p256, 0});
BENCHMARK(open_first)->Args({aes, 1})->Args({aes, 1'000})->Args({aes, 10'000});
BENCHMARK(open_again)->Apply(schemes);
BENCHMARK(refuse)->Args({rsa_2048})->Args({rsa_3072})->Args({x25519})->Args({p256});
BENCHMARK(replay_check);

} // namespace
