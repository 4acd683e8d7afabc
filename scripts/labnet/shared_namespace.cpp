// shared_namespace TABLE: one network namespace with nothing but loopback, on which every address of TABLE is.
//
// Each line of TABLE is an IPV4. There is no device and no route that leads out, so nothing inside reaches a public
// host. The namespace has no name: it is that of this process, to be entered through /proc/PID/ns, and vanishes with
// the last process in it. Prints "ready" when the addresses are there; exits with one line on stderr when that cannot
// be had.
#include "namespaces.h"

int main(int count, char** arguments) {
  if (count != 2) lab::fail("usage: shared_namespace TABLE");
  std::ifstream table(arguments[1]);
  if (!table) lab::fail(std::string("cannot read ") + arguments[1]);
  std::string commands = "link set lo up\n";
  for (std::string address; table >> address;) {
    lab::parse_ipv4(address);
    commands += "address add " + address + "/32 dev lo\n";
  }

  lab::gain_rights();
  if (unshare(CLONE_NEWNET) != 0) lab::fail_errno("no network namespace");
  lab::run_ip(commands);
  std::cout << "ready" << std::endl;
  for (;;)
    pause();
}
