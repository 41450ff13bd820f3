"""`suite import`: which kind a source is, and the folder that its suite is written to. Side: worker.

    import_suite(source, folder)    reads, and writes `suite.toml`, tests, NOTES.md and, where it was found, `reference/`

All of the reading happens in a child process with limits, which answers with the tree that is then written: whatever a source
holds ends in a suite or in one sentence, and a folder is written whole or not at all.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from grader.errors import SourceError, SuiteError, UsageError
from grader.source import SourceLimits, Tree, stage_archive, stage_folder, stage_limited, without_rivals
from grader.source.folder import read_file
from grader.suite.importing.classroom.runs import is_classroom, read_classroom
from grader.suite.importing.classroom.steps import CLASSIC
from grader.suite.importing.gradescope import is_gradescope, read_gradescope
from grader.suite.importing.imported import Contents, Imported
from grader.suite.importing.nbgrader import is_nbgrader, read_nbgrader
from grader.suite.importing.otter import is_otter, read_otter
from grader.suite.importing.plain import read_plain
from grader.suite.manifest import MANIFEST, load_suite

NOTES = "NOTES.md"
#: How the reader of a single file is told which file of a whole assignment it is.
SINGLE = {".json": CLASSIC, ".yml": ".github/workflows/classroom.yml", ".yaml": ".github/workflows/classroom.yml"}
SECTIONS = (
    ("taken", "What was taken over", "Nothing."),
    ("person", "What needs a person", "Nothing: the suite can be checked as it is."),
    ("differs", "What is graded in another way, and why", "Nothing."),
)


def import_suite(source: Path, folder: Path) -> Tree:
    """Write the suite of a source into a new folder, and return what was written.

    Raises UsageError, with one sentence, for a source that holds no suite, and if the folder is there already.
    """
    if not source.exists():
        raise UsageError(f"{source} does not exist; name a folder, an archive, a notebook or autograding.json")
    if folder.exists():
        raise UsageError(f"{folder} exists already; name a new folder")
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"{folder.absolute().parent} is not a folder")
    tree = stage_limited(lambda: Tree.of(render(read_source(source))))
    tree.write_to(folder)
    try:
        load_suite(folder)
    except SuiteError:  # a package whose name no suite can have
        shutil.rmtree(folder)
        raise
    return tree


def read_source(source: Path) -> Imported:
    """Return the suite in a source of any kind; raises SourceError if there is none."""
    files, dropped = _files(source)
    imported = _read(source.stem if source.is_file() else source.resolve().name, files)
    imported.notes.taken += dropped
    _note_names_of_libraries(files, imported)
    imported.keep_within_limits()
    if not imported.packages:
        raise SourceError(
            "The tests import nothing that could be a student's: no module but libraries and what lies beside the tests."
        )
    return imported


def _note_names_of_libraries(files: Contents, imported: Imported) -> None:
    """Say of modules that are called as Python's own that the tests' imports mean Python's."""
    for path in sorted(files):
        name = path.removeprefix("src/").removesuffix(".py")
        if path.endswith(".py") and name in sys.stdlib_module_names:
            imported.notes.person.append(
                f"`{path}` is called as a module of Python's library, and `import {name}` means that one: where the student's is "
                f'meant, add "{name}" to `packages` in `suite.toml`.'
            )


def _files(source: Path) -> tuple[Contents, list[str]]:
    """Return a source's files by their paths, seen from its one folder if it has no more, and what was left out."""
    if source.is_dir():
        tree = without_rivals(stage_folder(source))
    elif source.suffix in (*SINGLE, ".ipynb", ".py"):
        data = read_file(source, SourceLimits().notebook_bytes)
        return {SINGLE.get(source.suffix, source.name): data}, []
    else:
        tree = without_rivals(stage_archive(source, source.name))
    files = tree.contents()
    tops = {path.partition("/")[0] for path in files}
    if len(tops) == 1 and all("/" in path for path in files) and not tops <= {"tests", "test", ".github"}:
        files = {path.partition("/")[2]: data for path, data in files.items()}
    return files, list(tree.notes())


def _read(name: str, files: Contents) -> Imported:
    """Return what the reader of the source's kind makes of it."""
    if is_gradescope(files):
        return read_gradescope(name, files)
    if is_classroom(files):
        return read_classroom(name, files)
    notebooks = {path: data for path, data in files.items() if path.endswith(".ipynb")}
    for path, data in sorted(notebooks.items()):
        if is_nbgrader(path, data):
            imported = read_nbgrader(name, path, data)
            others = sorted(other for other in notebooks if other != path and is_nbgrader(other, notebooks[other]))
            imported.notes.person += [f"`{other}` is a further notebook: import it by itself." for other in others]
            return imported
    if any(is_otter(path, data) for path, data in files.items()) or notebooks:
        return read_otter(name, files)
    return read_plain(name, files)


def render(imported: Imported) -> dict[str, bytes]:
    """Return the files of the suite's folder."""
    files = dict(imported.files)
    files |= {f"reference/{path}": data for path, data in imported.reference.items()}
    return files | {MANIFEST: _manifest(imported).encode(), NOTES: _page(imported).encode("utf-8", "replace")}


def _manifest(imported: Imported) -> str:
    """Return the text of suite.toml."""
    rows: Mapping[str, object] = {
        "title": imported.title,
        **({"package": imported.packages[0]} if len(imported.packages) == 1 else {"packages": imported.packages}),
        **({"modules": imported.modules} if imported.modules != imported.packages else {}),
        **({"tests": imported.tests} if imported.tests else {}),
        **({"required_files": list(dict.fromkeys(imported.required_files))} if imported.required_files else {}),
        **({"reference": "reference"} if imported.reference else {}),
    }
    lines = [f"{key} = {_toml(value)}" for key, value in rows.items()]
    if imported.limits:
        lines += ["", "[limits]", *(f"{key} = {_toml(value)}" for key, value in imported.limits.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Return a text, a number or a list of texts as TOML: its basic strings are JSON's, but for what JSON leaves raw."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _page(imported: Imported) -> str:
    """Return the page of notes."""
    lines = [f"# {imported.title}: imported from {imported.kind}", ""]
    lines += [
        "Nothing of the source was executed. `python -m grader suite check` tries the suite once it has a reference.",
        "",
    ]
    for name, heading, nothing in SECTIONS:
        sentences = list(dict.fromkeys(getattr(imported.notes, name)))
        lines += [f"## {heading}", "", *([f"- {sentence}" for sentence in sentences] or [nothing]), ""]
    return "\n".join(lines)
