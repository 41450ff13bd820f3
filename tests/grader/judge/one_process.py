"""What plain pytest says of a suite and a submission in one process: the oracle of the judge's verdicts."""

import os
import re
import subprocess
import sys
from pathlib import Path

from grader.suite.manifest import Suite

_LINE = re.compile(r"^(\S+?\.py::.*?) (PASSED|FAILED|SKIPPED|XFAIL|XPASS|ERROR)(?: .*)?$")
_SUBTEST = re.compile(r"^SUBFAILED.*? (\S+?\.py::.*?)(?: - .*)?$")
#: The worst of a test's lines is what it came to.
ORDER = ("FAILED", "ERROR", "SKIPPED", "XFAIL", "XPASS", "PASSED")


def outcomes(suite: Suite, tree: Path, scratch: Path) -> dict[str, str]:
    """Return the outcome of every test in pytest's words, by its name inside the suite."""
    suite.write_to(scratch)
    own = scratch / suite.judge_folder
    files = [f"-opython_files=test_*.py {' '.join(Path(name).name for name in suite.tests)}"]
    environment = {"PYTHONPATH": f"{tree}:{scratch}", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "400"}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-v",
            "--tb=no",
            "-pno:cacheprovider",
            "-c",
            os.devnull,
            f"--rootdir={own}",
            *files,
        ],
        cwd=own,
        env={**os.environ, **environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if matched := _LINE.match(line):
            found.setdefault(matched[1], []).append(matched[2])
        elif matched := _SUBTEST.match(line):
            found[matched[1]].append("FAILED")
    assert found, done.stdout + done.stderr
    return {name: next(word for word in ORDER if word in said) for name, said in found.items()}
