import os
import sys


def grep(pattern, lines, numbers=False):
    found = [(number, line) for number, line in enumerate(lines, 1) if pattern in line]
    return [f"{number}:{line}" if numbers else line for number, line in found]


def main(arguments):
    if not arguments:
        print("usage: grep PATTERN LINES", file=sys.stderr)
        raise SystemExit(2)
    for line in grep(arguments[0], arguments[1:]):
        print(os.environ.get("GREP_PREFIX", "") + line)
