// Tokens as a peer sends them, against fixed keys: nothing opens but what was sealed for them, and what opens is fit
// for a header. The first byte chooses the context.
#include "base/encoding.h"
#include "privasip/opener.h"
#include "privasip/token.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace sipveil;
using namespace sipveil::privasip;

/// Made for this file: they open nothing anywhere else.
constexpr std::string_view x25519_pem = "-----BEGIN PRIVATE KEY-----\n"
                                        "MC4CAQAwBQYDK2VuBCIEIEjt77sxaN15XPARB6FV/39Pndwt3smYI+wPaJzkMBZE\n"
                                        "-----END PRIVATE KEY-----\n";
constexpr std::string_view p256_pem = "-----BEGIN PRIVATE KEY-----\n"
                                      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2sMo45NoN5cuWq0W\n"
                                      "q5SLLCHIc7ay5XEFOWDaOcAVsX6hRANCAATT4abPdNLX9w+kbbMgKD0DP2Le2y+I\n"
                                      "v7CrlM9tnPnSuJNaFPRcrZzFAxZ3bONx0hAucx9QtHQqPslMdw+rdXFp\n"
                                      "-----END PRIVATE KEY-----\n";
constexpr std::string_view rsa_pem = "-----BEGIN PRIVATE KEY-----\n"
                                     "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCq5BN33JKQKEAk\n"
                                     "pFqyJxmOBk6gf24z8IoxmPvaFkkrVk8tMZjtKxfAXN1CG3DOuZq4OPofNlwiwXl0\n"
                                     "RPepMSIrKxqt4De8ZRZTrGI/g1vCEQZWIqb2NmCUhWK4hqhQHhuam1tK0wbGjLRt\n"
                                     "g0W7M16gwholHa+ph5gunopN/CdX1cAJzPB+2nQDTyVTCIxfG+LnDgs0cHhGph/Z\n"
                                     "HmcY3MD7xGM1eCzu0rIaCdsR+kIvxv1r2JdJmkAx3UtFgIdGK+mW6jM50NcvqrdP\n"
                                     "SIM44NXF2bC/AkcZjynpfnok2nIICHxb9Le8SU2UCH4grp97fDCfGtx2iiTevqen\n"
                                     "z1y9v9cxAgMBAAECggEABhY3KyKk00Q7FaWyJ8yMpIJXwFp4RBrAwgJn57qPEF9j\n"
                                     "1Pv3uBcxTUFu2D0ROWxtulBS416iApMSLANNWsjEhcBZ1CCLfQG7kqR4wDhMl0GD\n"
                                     "OzlDKbuh2MRqpzXU+VE7NzhqSeSGkMxKnGh2Xj62s606NcEkZGUkn+DMfmQunrpF\n"
                                     "WniJZzQFEgVO8uD4gHJw5Iu/mvHhOh1/VrXg2iB9NNjfiool9tF4gxhSDE2e4e/c\n"
                                     "y7HMbadjJwFimuJa2kJb/BthXx3rraexumftU7esL7T2/sYImHpenAPsZN8KHob6\n"
                                     "6AXFAKh7w8SRoVFioF0jnv/GcbLfajpyovKuL2Wx6QKBgQDrbqStkcx1Fw5M1uxK\n"
                                     "owCh6GO4bxTBSq6sS7KIO7HnivOFsmKKYwu6oQEOVv8xHKQkPF00DJSqIc/kKS8X\n"
                                     "+KRgi2vPDDRTOoWss/92uwU4299169+5MMsmvI0W9g6TSONfIbgTPXwA4N6vQWs5\n"
                                     "x2RjANL59MqCVMRbaXuFZwreeQKBgQC50f1/6rpjgN5Q1LIF8lgcR6X/Zq7wgHH+\n"
                                     "V+3iv1rSDlQn+4IK5mOxiaiSdtSIvYyI7cLxR2o4Rni6vGFUQcIEYXwQLlQpKVRI\n"
                                     "/imd4QDjYD+QdHEKpcjQhostLx+fNEwhuBTSG30k+Nb92IfXcJJS3EKGv59CyWGw\n"
                                     "ivhGjZYweQKBgF3vvqs2glKxyVXlZ1B8a1MuqyM6xxg8mSdL6McsslZFfdb5jxHS\n"
                                     "ZSqo9QfotFe/Ksr+ft22q1aauR07RXwWDFgtKO3q27Hdptp601JnWrUOHcIqRBDb\n"
                                     "JCOnlc/0i2o+6eHaTVz36lNbZd6dho/+O9K40HVFM8v+0H38v3lB3PdZAoGAFs91\n"
                                     "S/eXi9Fs+QUzGVHHiSkucmy7euB5ndxTYmtVDcYehI32R7pCcK/SVrBppKOIFeMB\n"
                                     "9DZtDp1wApRPalVsKLeC0EWvpSHiq9cvaqcNQdw10VjJ66GwRhDOEuze998mnVkI\n"
                                     "jUY8lYZKdfzXqBW0kKFjNUFenoc0C8Tzd024KxkCgYEAk+ZNxdZBI7T+WP9/c2zm\n"
                                     "qZ0Mk7WBej57NH7JzaNokhOi175WB+3ZGf6M0RrdD6Tu/CCTVJLYs6kCGuZV6X2n\n"
                                     "SmujDiA4nboc/i00tquh84/r3qi3GW/a6+8NJ9x3e7sEBFKrMrcYFcrQK5L4ShYi\n"
                                     "Ho5M48zk8vbrVGTxY5q/Awo=\n"
                                     "-----END PRIVATE KEY-----\n";
constexpr UnixSeconds now = 1'700'000'000;

Opener make_opener() {
  std::vector<OwnKey> keys;
  for (const auto pem : {x25519_pem, p256_pem, rsa_pem})
    keys.push_back({"a.example", *PrivateKey::from_pem(SecretBytes(pem)), std::nullopt});
  std::vector<Subscriber> subscribers;
  subscribers.push_back(
      {"alice", "a.example",
       PasswordKey::from_password("alice", "a.example", SecretBytes(std::string_view("correct horse")))});
  return {std::move(keys), std::move(subscribers), 64};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Opener opener = make_opener();
  if (size == 0) return 0;
  const Context context{(*data & 1U) != 0 ? Sender::callee : Sender::caller,
                        static_cast<Subject>(1 + (*data >> 1U) % 4), "call"};
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);

  const auto token = Token::parse(text);
  if (token && (!looks_like_token(text) || base32_encode(token->bytes) != text)) std::abort();
  const auto first = opener.open(text, context, now);
  const auto second = opener.open(text, context, now); // from the cache
  if (first && !token) std::abort();
  if (first.has_value() != second.has_value() || (first && first->identity != second->identity)) std::abort();
  const std::string_view foreign = context.subject == Subject::login ? "\r\n\"\\" : "\r\n\"\\<>@";
  if (first && (first->identity.user.empty() || first->identity.user.find_first_of(foreign) != std::string::npos ||
                first->identity.host.find_first_of("\r\n\"<>@") != std::string::npos))
    std::abort();
  return 0;
}
