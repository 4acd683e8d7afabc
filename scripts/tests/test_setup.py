import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SETUP = pathlib.Path(__file__).resolve().parents[1] / "setup"
TOOLS = ("sh", "sed", "tr", "sort", "grep", "cat", "date", "mktemp", "rm", "mv", "wc", "ls", "tail", "chmod")


class Setup(unittest.TestCase):
    """With a PATH that holds only harmless tools and our own dpkg-query and id."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))
        self.tool("id", "echo 1000")

    def tool(self, name, script):
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def installed(self, *missing):
        cases = "".join(f" {package}) ;;" for package in missing)
        self.tool("dpkg-query", 'while [ "$1" != -f ]; do shift; done; shift 2\n'
                  f'for p; do case $p in{cases} *) echo "installed $p" ;; esac; done')

    def run_setup(self, *arguments):
        return subprocess.run(["sh", SETUP, *arguments], env={**os.environ, "PATH": str(self.path)}, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, check=False)

    def test_nothing_to_do_asks_for_no_rights(self):
        self.installed()
        result = self.run_setup("--only", "lab", "--quiet")
        self.assertEqual((0, ""), (result.returncode, result.stderr))

    def test_without_sudo_it_names_what_is_missing(self):
        self.installed("tor")
        result = self.run_setup("--only", "lab")
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stderr, "missing: tor - run scripts/setup as root")

    def test_only_the_named_group_is_looked_at(self):
        self.installed("clang-16")
        self.assertEqual(0, self.run_setup("--only", "build,lab").returncode)
        self.assertEqual(1, self.run_setup("--only", "fuzz").returncode)

    def test_the_other_boost_is_told(self):
        self.installed("libboost1.81-dev")
        result = self.run_setup("--only", "build")
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stderr, "apt-get remove libboost1.74-dev")

    def test_unknown_group_is_a_usage_error(self):
        self.installed()
        self.assertEqual(2, self.run_setup("--only", "everything").returncode)


if __name__ == "__main__":
    unittest.main()
