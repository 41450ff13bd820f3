"""otter's tests: files with `OK_FORMAT`, a dictionary of doctests or functions with `@test_case`. Side: worker.

The dictionaries are read as literals and the doctests taken apart by the standard library's parser; nothing is evaluated.
"""

import ast
import doctest
import json
from typing import Any

from grader.errors import SourceError
from grader.suite.importing.imported import Contents, Imported, Notes, identifier, text_of, title_of
from grader.suite.importing.notebooks import WORK, TestFile, code_cells

FILE = "test_otter.py"


def is_otter(path: str, data: bytes) -> bool:
    """Say whether a file holds tests of otter's."""
    return path.endswith(".py") and (
        b"OK_FORMAT" in data or ((b"'suites'" in data or b'"suites"' in data) and b"'cases'" in data)
    )


def read_otter(name: str, files: Contents) -> Imported:
    """Return the suite of otter's test files, or of those that a notebook carries along."""
    imported = Imported("otter tests", title_of(name), {}, Notes(), [WORK], [WORK])
    file = TestFile(FILE, imported)
    for path, data in sorted(files.items()):
        if path.endswith(".ipynb"):
            file.know_imports([cell.source for cell in code_cells(path, data)])
    for path, data in sorted(files.items()):
        if is_otter(path, data):
            _add_file(path, text_of(data), file)
        elif path.endswith(".ipynb"):
            _add_carried(path, data, file)
    if not file.functions:
        raise SourceError(
            "No test of otter's could be read: tests/*.py with OK_FORMAT, or a notebook that carries them."
        )
    imported.files[FILE] = file.render()
    imported.notes.taken.insert(0, f"{len(file.functions)} cases, as `{FILE}`.")
    imported.notes.person.append(
        f"Students hand in `{WORK}.py`, or a notebook whose cells say `#| export` under `#| default_exp {WORK}`."
    )
    imported.notes.differs.append(
        "A case compares what Python shows of a value (`repr`) with the text of the doctest, as doctest does; a number written "
        "with another precision differs there, too."
    )
    return imported


def _add_carried(path: str, data: bytes, file: TestFile) -> None:
    """Add the tests that otter wrote into a notebook's metadata."""
    try:
        tests = json.loads(data.decode("utf-8-sig")).get("metadata", {}).get("otter", {}).get("tests", {})
        for name, test in sorted(tests.items()):
            _add_dictionary(str(name), test, f"{path}, test {name}", file)
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise SourceError(f"The notebook '{path}' cannot be read; open it in Jupyter and save it again.") from None


def _add_file(path: str, text: str, file: TestFile) -> None:
    try:
        tree = ast.parse(text)
        values = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        name = path.rpartition("/")[2].removesuffix(".py")
        if "test" in values:
            _add_dictionary(name, ast.literal_eval(values["test"]), path, file)
            return
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        file.imported.notes.person.append(f"`{path}` is not written as otter writes its tests; it was left out.")
        return
    points = _number(values.get("points"))
    cases = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_case(node)]
    for node in cases:
        _add_function(name, node, points / len(cases) if points is not None else None, file)


def _number(node: ast.expr | None) -> float | None:
    return float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else None


def _is_case(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator).startswith("test_case") for decorator in node.decorator_list)


def _add_function(name: str, node: ast.FunctionDef, share: float | None, file: TestFile) -> None:
    """Add a function with `@test_case`: its parameters are names of the student's."""
    given = {
        keyword.arg: keyword.value
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    }
    points = _number(given.get("points"))
    hidden = isinstance(given.get("hidden"), ast.Constant) and bool(given["hidden"].value)  # type: ignore[attr-defined]
    body = "\n".join(ast.unparse(statement) for statement in node.body)
    worth = points if points is not None else share if share is not None else 1.0
    file.add(f"{name}: {node.name}", body, worth, "hidden" if hidden else "visible")


def _add_dictionary(name: str, test: Any, path: str, file: TestFile) -> None:
    """Add the cases of a test in the form of OK; raises TypeError for one of another form."""
    cases = [(suite, case) for suite in test.get("suites", ()) for case in suite.get("cases", ())]
    points = test.get("points", 1)
    listed = points if isinstance(points, list) else None
    for number, (suite, case) in enumerate(cases):
        share = listed[number] if listed and number < len(listed) else (points or 0) / len(cases) if not listed else 0
        worth = case.get("points") if isinstance(case.get("points"), int | float) else share
        body = _body(str(suite.get("setup") or "") + "\n" + str(case.get("code") or ""))
        title = f"{test.get('name') or name}, case {number + 1}"
        hidden = "hidden" if case.get("hidden") else "visible"
        if body is None or not file.add(title, body, float(worth), hidden, name=identifier(title)):
            file.imported.notes.person.append(f"`{path}`, case {number + 1} is no doctest that can be taken over.")


def _body(code: str) -> str | None:
    """Return the statements that check what a doctest shows; None for one that cannot be read."""
    try:
        examples = doctest.DocTestParser().get_examples(code)
        return "\n".join(_statement(example) for example in examples) or None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _statement(example: doctest.Example) -> str:
    source, want = example.source.rstrip("\n"), example.want.rstrip("\n")
    node = ast.parse(source).body[0]
    if example.exc_msg is not None:
        kind = example.exc_msg.partition(":")[0].strip().rpartition(".")[2]
        return f"import pytest\nwith pytest.raises({kind}):\n" + "\n".join(
            f"    {line}" for line in source.splitlines()
        )
    if not want or not isinstance(node, ast.Expr):
        return source
    shown = ast.unparse(node.value)
    call = node.value
    if isinstance(call, ast.Call) and ast.unparse(call.func) == "print" and len(call.args) == 1 and not call.keywords:
        return f"assert str({ast.unparse(call.args[0])}) == {want!r}"
    return f"assert repr({shown}) == {want!r}"
