import contextlib
import io
import pathlib
import tempfile
import unittest

import run_tests


def quietly(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments)


class Counting(unittest.TestCase):
    def counted(self, script):
        return quietly(run_tests.run_counted, ["sh", "-c", script])

    def test_the_last_count_is_taken(self):
        self.assertEqual((3, 1), self.counted("echo '9 passed, 9 failed'; echo '3 passed, 1 failed'; exit 1"))

    def test_no_count_is_a_failure(self):
        self.assertEqual((0, 1), self.counted("true"))

    def test_an_error_that_counts_nothing_is_a_failure(self):
        self.assertEqual((3, 1), self.counted("echo '3 passed, 0 failed'; exit 3"))

    def test_junit(self):
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "report.xml"
            report.write_text('<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail">'
                              '<system-out>why</system-out></testcase><testcase name="c" status="disabled"/>'
                              '<testcase name="d" status="notrun"/></testsuite>')
            self.assertEqual((1, 2), quietly(run_tests.count_junit, report, 8))
            report.write_text('<testsuite><testcase name="a" status="run"/></testsuite>')
            self.assertEqual((1, 1), quietly(run_tests.count_junit, report, 8))


if __name__ == "__main__":
    unittest.main()
