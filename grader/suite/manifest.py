"""A suite: a folder of plain pytest with a `suite.toml`, read once, checked at the edge, and known by a digest. Side: any.

The digest covers every file the judge is given: the suite's own and the support modules beside it. Mutants are no part
of it, since they change no grade.
"""

import functools
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from grader.errors import SuiteError
from grader.source.notebooks.assembly import NOTEBOOK_POLICIES
from grader.source.tree import Tree
from grader.suite.course_table import TABLE, read_course_table
from grader.suite.packages.names import read_package_names
from grader.suite.packages.requirements import Packages, read_lock, refuse_clashes, refuse_unusual
from grader.suite.questions import QUESTIONS
from grader.suite.toml_text import read_toml

MANIFEST = "suite.toml"
OWN_SUPPORT = Path(__file__).resolve().parents[2] / "test_suites"
MUTANTS = "mutants"
TESTS = ("test_*.py", "*_test.py")  # what files of tests are called, as pytest has it
NOT_FOR_THE_JUDGE = (MUTANTS, "reference", QUESTIONS)
MAX_FILE_BYTES = 1 << 20
MAX_FILES = 500
ARGUMENTS = ("shared", "copies")
_TEXT, _TEXTS, _NUMBER, _TABLE, _SWITCH = str, list, (int, float), dict, bool
#: Every key of suite.toml: its kind, and whether it must be there.
KEYS: dict[str, tuple[Any, bool]] = {
    "title": (_TEXT, True),
    "topic": (_TEXT, False),  # what of a course it grades, as the table beside the suites names it
    "package": (_TEXT, False),  # the top-level name that the student's code is imported under
    "packages": (_TEXTS, False),  # such names, where there are several; the first is the one that notebooks export
    "modules": (_TEXTS, False),  # imported once per run; the package itself, if it is not said
    "tests": (_TEXTS, False),  # names of test files that are called neither test_*.py nor *_test.py
    "given": (_TEXTS, False),  # files beside the tests that the student's code has as well
    "required_files": (_TEXTS, False),
    "needs": (_TEXTS, False),  # the topics whose own suites must pass for this one to be fair
    "points": (_NUMBER, False),  # what all tests must add up to, if it is said
    "allowed_imports": (_TEXTS, False),  # third-party packages a submission may import
    "judge_requirements": (_TEXTS, False),  # packages that the tests import
    "candidate_requirements": (_TEXTS, False),  # packages that the student's code imports
    "arguments": (_TEXT, False),  # whether what a test passes is shared with the student's code, or copied
    "trust_equality": (_SWITCH, False),  # whether the student's == decides what a value of the test's is equal to
    "notebooks": (_TEXT, False),  # the policy of notebook submissions, see docs/submissions.md
    "reference": (_TEXT, False),  # folder of the reference implementation, relative to the suite
    "limits": (_TABLE, False),
    "advice": (_TABLE, False),
}


@dataclass(frozen=True)
class Suite:
    """A suite as it lies on disk; `files` maps the path the judge sees to the file it comes from."""

    name: str
    folder: Path
    title: str
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    files: dict[str, Path]
    digest: str
    topic: str = ""
    required_files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    points: float | None = None
    allowed_imports: tuple[str, ...] = ()
    judge_requirements: tuple[str, ...] = ()
    candidate_requirements: tuple[str, ...] = ()
    boxes: dict[str, Packages] = field(default_factory=dict)  # what they hold besides, by kind
    arguments: str = ARGUMENTS[0]
    trust_equality: bool = False
    notebooks: str = "older"
    reference: Path | None = None
    tests: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    limits: dict[str, Any] = field(default_factory=dict)
    advice: dict[str, Any] = field(default_factory=dict)

    @property
    def package(self) -> str:
        """The top-level name that the student's code is imported under; the first, where there are several."""
        return self.packages[0]

    @property
    def is_milestone(self) -> bool:
        """Whether it grades what modules of a course do together, and so has no file of its own to hand in."""
        return bool(self.needs) and not self.topic

    def notes_on(self, tree: Tree) -> tuple[str, ...]:
        """Return what a student must read whose submission follows another edition of the course than the suite."""
        path = self.files.get(TABLE)
        note = read_course_table(path.parent).note_on_edition(tree) if path is not None else ""
        return (note,) if note else ()

    def given_files(self) -> dict[str, bytes]:
        """Return what lies beside a submission because the suite gives it: modules and data that its tests use, too."""
        return {name: self.files[f"{self.name}/{name}"].read_bytes() for name in self.given}

    @property
    def judge_folder(self) -> str:
        """The name of the suite's folder in the judge's box; never a package's, which means the student's code there."""
        return f"{self.name}_suite" if self.name in self.packages else self.name

    def write_to(self, folder: Path) -> None:
        """Copy the files that the judge sees into `folder`, readable by the judge's user."""
        for relative, source in self.files.items():
            top, _, rest = relative.partition("/")
            target = folder / self.judge_folder / rest if rest and top == self.name else folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o644)
        for place in folder.rglob("*"):
            if place.is_dir():
                place.chmod(0o755)


def load_suite(folder: Path) -> Suite:
    """Read a suite where its author keeps it, with the reference that its manifest names, or that of our own course.

    Raises SuiteError, with file and line where there is one, for anything that cannot be used.
    """
    folder = folder.resolve()
    table = read_manifest(folder)
    named = table.get("reference")
    return _suite(folder, table, (folder / named).resolve() if named else _own_reference(table["packages"][0]))


def load_packed_suite(folder: Path, reference: Path | None) -> Suite:
    """Read a suite that was packed elsewhere, with the reference that was packed with it, or with none."""
    return _suite(folder.resolve(), read_manifest(folder.resolve()), reference)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest's table of a folder that looks like a suite."""
    manifest = folder / MANIFEST
    if not folder.is_dir():
        raise SuiteError(f"{folder} is not a folder; a suite is a folder with a {MANIFEST}")
    if not manifest.is_file():
        raise SuiteError(f"{folder} has no {MANIFEST}")
    return _read(manifest)


def _suite(folder: Path, table: dict[str, Any], reference: Path | None) -> Suite:
    """Return the suite of a folder; what its budgets are measured against is part of the digest."""
    files = dict(_files(folder))
    manifest = folder / MANIFEST
    own = [name.removeprefix(f"{folder.name}/") for name in files if name.startswith(f"{folder.name}/")]
    for name in table.get("tests", ()):
        if not name.endswith(".py") or name not in own:
            place = f"{manifest}:{line_of(manifest, 'tests')}"
            raise SuiteError(f"{place}: {name!r} is no Python file of this suite{_meant(name, own)}")
    for name in table.get("given", ()):
        place = f"{manifest}:{line_of(manifest, 'given')}"
        if name not in own:
            raise SuiteError(f"{place}: {name!r} is no file of this suite{_meant(name, own)}")
        if name in (MANIFEST, *table.get("tests", ())) or any(fnmatch(name.rpartition("/")[2], each) for each in TESTS):
            raise SuiteError(f"{place}: {name!r} is no file that students may read: it says what is tested")
    if not table.get("tests") and not any(
        fnmatch(name.rpartition("/")[2], pattern) for name in own for pattern in TESTS
    ):
        python = [name for name in own if name.endswith(".py")]
        named = ", ".join(f'"{name}"' for name in python[:3]) or '"..."'
        raise SuiteError(
            f"{folder} has no file {' or '.join(TESTS)}; name its tests in {MANIFEST}, as in tests = [{named}]"
        )
    fields: dict[str, Any] = {
        key: tuple(value) if KEYS[key][0] is list else value for key, value in table.items() if key != "reference"
    }
    fields.pop("package", None)
    fields["packages"] = tuple(table["packages"])
    fields["modules"] = fields.get("modules") or fields["packages"]
    line = functools.partial(_place, manifest)
    fields["boxes"] = read_lock(folder, table, line)
    refuse_clashes(table["packages"], fields["boxes"], table.get("allowed_imports", ()), line)
    return Suite(
        **fields,
        reference=reference,
        name=folder.name,
        folder=folder,
        files=files,
        digest=_digest(files | dict(_sources(reference))),
    )


def _own_reference(package: str) -> Path | None:
    """Return the reference implementation of our own course, for a suite of its package."""
    folder = OWN_SUPPORT.parent / "reference_impl"
    return folder if (folder / package).is_dir() or (folder / f"{package}.py").is_file() else None


def _read(manifest: Path) -> dict[str, Any]:
    """Return the manifest's table, every key known and of its kind."""
    try:
        table = read_toml(manifest.read_text(encoding="utf-8"))
    except ValueError as problem:  # no TOML, no UTF-8, or a number of thousands of digits
        raise SuiteError(f"{manifest}: {problem}") from None
    for key, value in table.items():
        if key not in KEYS:
            known = f"{_meant(key, list(KEYS))}; it knows {', '.join(KEYS)}"
            raise SuiteError(f"{manifest}:{line_of(manifest, key)}: {key!r} is no key of a suite{known}")
        kind = KEYS[key][0]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise SuiteError(
                f"{manifest}:{line_of(manifest, key)}: {key} is a {type(value).__name__}, not a {_name(kind)}"
            )
        if kind is list and not all(isinstance(item, str) for item in value):
            raise SuiteError(f"{manifest}:{line_of(manifest, key)}: {key} must hold texts only")
    for key, allowed in (("arguments", ARGUMENTS), ("notebooks", NOTEBOOK_POLICIES)):
        if table.get(key, allowed[0]) not in allowed:
            place = f"{manifest}:{line_of(manifest, key)}"
            raise SuiteError(f"{place}: {key} is one of {', '.join(allowed)}, not {table[key]!r}")
    if not 0 < table.get("points", 1) < 1e6:
        raise SuiteError(f"{manifest}:{line_of(manifest, 'points')}: points is a number above 0 and below 1,000,000")
    if "\0" in (named := table.get("reference", "")) or max(map(len, named.encode().split(b"/"))) > 255:
        raise SuiteError(f"{manifest}:{line_of(manifest, 'reference')}: reference is no name that a folder can have")
    for key, (_kind, needed) in KEYS.items():
        if needed and not table.get(key):
            raise SuiteError(f"{manifest}: {key} is missing")
    line = functools.partial(_place, manifest)
    read_package_names(table, line)
    refuse_unusual(table, line)
    return table


def _meant(name: str, known: list[str]) -> str:
    """Return a sentence's end with the name that was probably meant."""
    close = get_close_matches(name, known, 1)
    return f"; {close[0]!r} is one" if close else ""


def _name(kind: Any) -> str:
    return {str: "text", list: "list", dict: "table", bool: "switch, true or false"}.get(kind, "number")


def _place(manifest: Path, key: str) -> str:
    return f"{manifest}:{line_of(manifest, key)}"


def line_of(manifest: Path, key: str) -> int:
    """Return the line of a top-level key, for the message."""
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), 1):
        if line.split("=")[0].strip().strip("[]\"'") == key:
            return number
    return 1


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the judge's view of a suite: support modules at the top, the suite's own files in its folder."""
    support = {path.name: path for path in sorted(OWN_SUPPORT.glob("*.py"))}
    if (folder.parent / "conftest.py").is_file():
        support |= {path.name: path for path in sorted(folder.parent.glob("*.py"))}
    yield from support.items()
    if (folder.parent / TABLE).is_file():
        yield TABLE, folder.parent / TABLE
    count = 0
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_symlink():
            raise SuiteError(f"{path} is a symbolic link; a suite holds plain files")
        if not path.is_file() or relative.parts[0] in NOT_FOR_THE_JUDGE or "__pycache__" in relative.parts:
            continue
        count += 1
        if count > MAX_FILES or path.stat().st_size > MAX_FILE_BYTES:
            raise SuiteError(f"{path}: a suite has at most {MAX_FILES} files of at most {MAX_FILE_BYTES} bytes")
        yield f"{folder.name}/{relative.as_posix()}", path


def _sources(reference: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield the reference's modules, under names that no file of a suite has."""
    if reference is not None:
        for path in sorted(reference.rglob("*.py")):
            yield f"/{path.relative_to(reference).as_posix()}", path


def _digest(files: dict[str, Path]) -> str:
    whole = hashlib.sha256()
    for relative, path in sorted(files.items()):
        whole.update(f"{relative}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
