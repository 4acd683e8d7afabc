"""python3 -m delaytables.report DIR"""
import argparse
import pathlib
import sys

from delaytables import report


def main():
    parser = argparse.ArgumentParser(prog="delaytables.report", description="Writes report.md, report.html and plots/ of a run of "
                                                                            "scripts/delay-tables.")
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR", help="the folder of the run, with run.json and calls.csv")
    directory = parser.parse_args().directory
    if not directory.is_dir():
        parser.error(f"{directory} is no folder; give the one that scripts/delay-tables --out wrote to")
    if not any((directory / name).exists() for name in ("run.json", "calls.csv")):
        parser.error(f"{directory} has neither run.json nor calls.csv; give the folder that scripts/delay-tables --out wrote to")
    for file in report.write(directory):
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
