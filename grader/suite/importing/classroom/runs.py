"""A GitHub Classroom assignment as a suite: programs that read and write become checks, runs of pytest bring their files.

Side: worker.
"""

import json
import re
import shlex

from grader.errors import SourceError
from grader.suite.importing.classroom.steps import Step, find_steps
from grader.suite.importing.code import look_at_tests
from grader.suite.importing.imported import CONFTEST, Contents, Imported, Notes, identifier, title_of
from grader.suite.importing.requirements import look_at_requirements, of_script

FILE = "test_programs.py"
SHELL = re.compile(r"[|&;<>`]|\$\(")
SECONDS_MOST = 60.0
PROGRAMS = '''"""Programs of the student's: what is typed in, and what they must print."""

import re

from gradescope_utils.autograder_utils.decorators import weight
from marks import in_candidate


@in_candidate
def run_program(arguments, typed, seconds):
    import os
    import subprocess
    import sys

    own = [path or os.getcwd() for path in sys.path if not path.startswith((sys.prefix, sys.base_prefix))]
    folders = [path for path in ("/submission", *own) if os.path.isfile(os.path.join(path, arguments[0]))]
    folder = (folders or [path for path in ("/submission", os.getcwd()) if os.path.isdir(path)])[0]
    ran = subprocess.run(
        [sys.executable, "-B", *arguments], input=typed, capture_output=True, text=True, timeout=seconds, cwd=folder
    )
    return ran.returncode, ran.stdout, ran.stderr


def check(arguments, typed, expected, comparison, seconds):
    status, printed, complaint = run_program(arguments, typed, seconds)
    assert status == 0, f"the program ended with status {status}: {complaint[-1000:]}"
    printed = printed.replace("\\r\\n", "\\n").strip()
    if comparison == "exact":
        assert printed == expected
    elif comparison == "regex":
        assert re.search(expected, printed), f"{printed!r} does not match {expected!r}"
    elif comparison == "included":
        assert expected in printed
'''
SHARES = '''"""What the runs of pytest earned on GitHub Classroom, shared among their tests."""

POINTS = {points}


def pytest_collection_modifyitems(items):
    counts = {{}}
    for item in items:
        counts[item.path.name] = counts.get(item.path.name, 0) + 1
    for item in items:
        function = getattr(item.function, "__func__", item.function)
        if item.path.name in POINTS and not hasattr(function, "__weight__"):
            cases = getattr(item, "callspec", None) is not None
            same = sum(getattr(other.function, "__func__", other.function) is function for other in items) if cases else 1
            function.__weight__ = POINTS[item.path.name] * same / counts[item.path.name]
'''


def is_classroom(files: Contents) -> bool:
    """Say whether a source holds tests of GitHub Classroom's."""
    return bool(find_steps(files)[0])


def read_classroom(name: str, files: Contents) -> Imported:
    """Return the suite of an assignment's tests."""
    path, steps = find_steps(files)
    imported = Imported("a GitHub Classroom assignment", title_of(name), {}, Notes())
    programs, shares = [], dict[str, float]()
    used: set[str] = set()
    for step in steps:
        words = _words(step, imported)
        tested = _pytest_files(words, files) if words else None
        if tested:
            _take_files(step, tested, shares, files, imported)
        elif words and (script := _script(words)) and not script[0].isidentifier():
            imported.notes.person.append(
                f"The program of {step.name!r} is called {script[0]!r}, which no module can be."
            )
        elif words and (script := _script(words)):
            programs.append(_check(step, script, used))
            imported.packages += [script[0]] if script[0] not in imported.packages else []
        elif words is not None:
            imported.notes.person.append(
                f"The test {step.name!r} runs `{step.run[:100]}`, which is no Python program or pytest."
            )
        _look_at_setup(step, imported)
    if not programs and not shares:
        raise SourceError(f"No test of '{path}' runs a Python program or pytest; nothing can be imported.")
    _write(programs, shares, imported)
    imported.notes.taken.append(f"{len(programs)} programs and {len(shares)} files of pytest's, from `{path}`.")
    look_at_requirements({path: data for path, data in files.items() if "/" not in path}, imported)
    return imported


def _words(step: Step, imported: Imported) -> list[str] | None:
    """Return a command's words; None, with a note, for one that needs a shell."""
    try:
        if not SHELL.search(step.run) and (words := shlex.split(step.run)):
            return words
    except ValueError:
        pass
    imported.notes.person.append(
        f"The test {step.name!r} runs `{step.run[:100]}`, which needs a shell; write it as a test."
    )
    return None


def _script(words: list[str]) -> tuple[str, list[str]] | None:
    """Return a program's module, and the interpreter's arguments; None for anything but `python file.py`."""
    if re.fullmatch(r"python(3(\.\d+)?)?", words[0]) and len(words) > 1:
        if words[1] == "-m" and len(words) > 2:
            return words[2].partition(".")[0], words[1:]
        if words[1].endswith(".py"):
            return words[1].removeprefix("./").partition("/")[0].removesuffix(".py"), words[1:]
    return None


def _pytest_files(words: list[str], files: Contents) -> list[str]:
    """Return the files of tests that a command has pytest run; none if it does not."""
    program, rest = words[0].rpartition("/")[2], words[1:]
    if program.startswith("python") and rest[:2] in (["-m", "pytest"], ["-m", "unittest"]):
        rest = rest[2:]
    elif program not in ("pytest", "py.test"):
        return []
    named = [word.partition("::")[0].removeprefix("./").rstrip("/") for word in rest if not word.startswith("-")]
    named = [f"{name.replace('.', '/')}.py" if f"{name.replace('.', '/')}.py" in files else name for name in named]
    python = [path for path in files if re.search(r"(^|/)(test_[^/]*|[^/]*_test)\.py$", path)]
    if not named:
        return python
    return [path for path in files if path in named] or [
        path for path in python if any(path.startswith(f"{name}/") for name in named)
    ]


def _take_files(step: Step, tested: list[str], shares: dict[str, float], files: Contents, imported: Imported) -> None:
    if "::" in step.run:
        imported.notes.person.append(
            f"The test {step.name!r} runs a part of a file; all tests of the file share its points."
        )
    for path in tested:
        name = path.rpartition("/")[2]
        imported.files[name] = files[path]
        shares[name] = shares.get(name, 0.0) + step.points / len(tested)
        if not name.startswith("test_") and name not in imported.tests:
            imported.tests.append(name)


def _check(step: Step, script: tuple[str, list[str]], used: set[str]) -> str:
    """Return the test of a program."""
    comparison = step.comparison if step.expected is not None and step.comparison in ("exact", "regex") else "included"
    expected = (step.expected or "").replace("\r\n", "\n")
    shown = expected if comparison == "regex" else expected.strip()
    return "\n".join(
        [
            f"@weight({step.points:g})",
            f"def {identifier('test_' + step.name, used)}():",
            f"    {json.dumps(step.name, ensure_ascii=False)}",
            f"    check({script[1]!r}, {step.given!r}, {shown!r}, {comparison!r}, {min(step.seconds, SECONDS_MOST):g})",
        ]
    )


def _look_at_setup(step: Step, imported: Imported) -> None:
    installed = of_script(step.setup)
    for package in installed:
        if package not in ("pytest", "numpy"):
            imported.notes.person.append(f"The test {step.name!r} installs `{package}`; neither box has it.")
    if step.setup.strip() and not installed:
        imported.notes.person.append(
            f"The test {step.name!r} begins with `{step.setup.strip()[:100]}`, which is not run."
        )


def _write(programs: list[str], shares: dict[str, float], imported: Imported) -> None:
    if programs:
        imported.files[FILE] = ("\n\n\n".join([PROGRAMS.rstrip("\n"), *programs]) + "\n").encode()
        imported.limits = {"test_wall_seconds": 2 * SECONDS_MOST}
        imported.notes.differs.append(
            "What a program prints is compared without the white space at both ends, and only after it ended with status 0; "
            f"it may run for {SECONDS_MOST:g} seconds at most."
        )
        imported.notes.differs.append(
            "A program is also imported once before the tests: what stands at its top runs then, with nothing to read."
        )
    look_at_tests({name: imported.files[name] for name in shares}, imported)
    imported.modules = [name for name in imported.packages if name not in imported.modules] + imported.modules
    if shares:
        points = {name: round(worth, 6) for name, worth in sorted(shares.items())}
        imported.files[CONFTEST] = SHARES.format(points=json.dumps(points)).encode()
        imported.notes.differs.append(
            "Classroom gave the points of a run of pytest only if all of it passed; here each test earns its share of them."
        )
