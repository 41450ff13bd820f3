"""An nbgrader assignment: its test cells, with the hidden tests between their marks, and its solutions. Side: worker.

nbgrader gives a test cell's points only if all of it runs through. So does the suite: the whole cell is one check; where
it hides a part, that check is hidden, and a visible one without points shows the rest.
"""

import re
from typing import Any

from grader.errors import SourceError
from grader.suite.importing.imported import Imported, Notes, title_of
from grader.suite.importing.notebooks import WORK, Cell, TestFile, code_cells, is_python, without_libraries

HIDDEN = re.compile(r"^[ \t]*#+ BEGIN HIDDEN TESTS.*?^[ \t]*#+ END HIDDEN TESTS[^\n]*$\n?", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^[ \t]*#+ (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)[^\n]*$\n?", re.MULTILINE)
FILE = "test_notebook.py"


def nbgrader_of(cell: Cell) -> dict[str, Any]:
    """Return what nbgrader says of a cell."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def is_nbgrader(path: str, data: bytes) -> bool:
    """Say whether a notebook is an assignment of nbgrader's."""
    return path.endswith(".ipynb") and b'"nbgrader"' in data


def read_nbgrader(name: str, path: str, data: bytes) -> Imported:
    """Return the suite of a notebook."""
    imported = Imported("an nbgrader assignment", title_of(name), {}, Notes(), [WORK], [WORK])
    cells = code_cells(path, data)
    tests = [cell for cell in cells if nbgrader_of(cell).get("grade") and not nbgrader_of(cell).get("solution")]
    if not tests:
        raise SourceError(f"The notebook '{path}' has no cell of tests; import the version that the instructors keep.")
    file = TestFile(FILE, imported)
    file.know_imports([cell.source for cell in cells])
    total = 0.0
    for cell in tests:
        points = _points(nbgrader_of(cell).get("points"))
        total += _add(file, cell, points)
    if not file.functions:
        raise SourceError(f"No cell of tests of '{path}' is plain Python; nothing can be imported.")
    imported.files[FILE] = file.render()
    imported.notes.taken.append(f"{len(tests)} cells of tests with {total:g} points together, as `{FILE}`.")
    _take_solutions(cells, imported)
    _say_what_differs(cells, imported)
    return imported


def _points(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6 else 0.0


def _add(file: TestFile, cell: Cell, points: float) -> float:
    """Add a cell's checks and return the points that they have."""
    title = str(nbgrader_of(cell).get("grade_id") or f"cell {cell.number}")[:80]
    whole, shown = MARK.sub("", cell.source), MARK.sub("", HIDDEN.sub("", cell.source))
    if not HIDDEN.search(cell.source):
        return points if file.add(title, whole, points) else 0.0
    if any(line.strip() and not line.strip().startswith("#") for line in shown.splitlines()):
        file.add(f"{title}, what students see", shown, 0, name=f"{title}_visible")
    return points if file.add(f"{title}, with hidden tests", whole, points, "hidden", name=title) else 0.0


def _take_solutions(cells: list[Cell], imported: Imported) -> None:
    """Take the code that is no test for the reference, where it holds solutions."""
    code = [cell.source for cell in cells if not nbgrader_of(cell).get("grade") or nbgrader_of(cell).get("solution")]
    python = [source for source in code if is_python(source)]
    if len(python) < len(code):
        imported.notes.person.append(
            f"{len(code) - len(python)} cells hold magics or no Python and are no part of the reference."
        )
    if any("BEGIN SOLUTION" in source for source in python):
        plain = [without_libraries(MARK.sub("", source)) for source in python]
        imported.reference[f"{WORK}.py"] = "\n\n".join(filter(str.strip, plain)).encode() + b"\n"
        imported.notes.taken.append(f"The solutions of the notebook, as the reference `{WORK}.py`.")


def _say_what_differs(cells: list[Cell], imported: Imported) -> None:
    by_hand = [cell for cell in cells if nbgrader_of(cell).get("grade") and nbgrader_of(cell).get("solution")]
    if by_hand:
        points = sum(_points(nbgrader_of(cell).get("points")) for cell in by_hand)
        imported.notes.person.append(
            f"{len(by_hand)} cells with {points:g} points are graded by hand, and no part of the suite."
        )
    imported.notes.person.append(
        f"Students hand in `{WORK}.py`, or a notebook whose cells say `#| export` under `#| default_exp {WORK}`."
    )
    imported.notes.differs.append(
        "A test cell sees functions, classes and values of the student's module, not the notebook's whole state: what an earlier "
        "cell of tests has set is not there for the next one."
    )
