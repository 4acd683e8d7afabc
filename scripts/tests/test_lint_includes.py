import pathlib
import subprocess
import tempfile
import unittest

LINT = pathlib.Path(__file__).resolve().parents[1] / "lint-includes"


class LintIncludes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def complaints(self, **files):
        """Complaints about a tree of {path: text}; in a path "__" stands for "/" and "_h" at the end for ".h"."""
        for name, text in files.items():
            path = self.root / (name.replace("__", "/").removesuffix("_h") + ".h")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = subprocess.run([LINT, self.root], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1 if result.stdout else 0, result.stderr)
        return result.stdout.splitlines()

    def test_down_the_layers_is_fine(self):
        self.assertEqual([], self.complaints(base__a_h="", transports__b_h='#include "base/a.h"',
                                             control__c_h='#include "transports/b.h"', bridge__d_h='#include "control/c.h"'))

    def test_up_the_layers_is_not(self):
        self.assertEqual(['base/a.h: base may not include "control/c.h"'],
                         self.complaints(base__a_h='#include "control/c.h"', control__c_h=""))

    def test_privasip_knows_no_transports(self):
        self.assertEqual(['privasip/a.h: privasip may not include "transports/b.h"'],
                         self.complaints(privasip__a_h='#include "transports/b.h"', transports__b_h=""))

    def test_relative_paths_are_refused(self):
        lines = self.complaints(base__a_h='#include "b.h"\n#include "../base/b.h"\n#include "base/../base/b.h"', base__b_h="")
        self.assertEqual(3, len(lines), lines)

    def test_sofia_stays_in_bridge_sip(self):
        sofia = "# include <sofia-sip/url.h>"
        self.assertEqual(1, len(self.complaints(bridge__sip__a_h=sofia, bridge__hop__b_h=sofia)))

    def test_asio_stays_in_drivers(self):
        asio = "#include <boost/asio/awaitable.hpp>"
        lines = self.complaints(transports__stream_h=asio, transports__framing_h=asio)
        self.assertEqual(1, len(lines), lines)
        self.assertTrue(lines[0].startswith("transports/framing.h: only drivers "), lines)

    def test_asio_by_way_of_a_header_is_found(self):
        lines = self.complaints(transports__stream_h="#include <boost/asio/awaitable.hpp>",
                                bridge__hop__a_h='#include "transports/stream.h"', bridge__hop__b_h='#include "bridge/hop/a.h"')
        self.assertEqual(2, len(lines), lines)


if __name__ == "__main__":
    unittest.main()
