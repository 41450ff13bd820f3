"""Whether what costs points is published: each check cites its section, and hidden tests ask for nothing unheard of. Side: worker.

A hidden test may ask for a name of the student's objects, or for words of an error, only if the starter or a visible test shows
them. Names are those that the reference itself defines; the tests are read, not run.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np

from grader.source import Tree
from grader.suite.authoring.skeleton import defined, visible_tests
from grader.suite.manifest import Suite
from grader.supervisor.judge_box import PlannedCheck

ERROR_WORDS = "match"  # the keyword of pytest.raises
COMMON = frozenset(
    name for kind in (np.ndarray, dict, list, str) for name in dir(kind)
)  # known to who knows Python and NumPy


def unpublished(suite: Suite, planned: Collection[PlannedCheck], shown: Iterable[str], reference: Tree) -> list[str]:
    """Return what is not published; shown: the texts of the starter. A suite none of whose checks has a number has no contract."""
    findings = []
    if any(check.number for check in planned):
        findings += [
            f"{check.id} cites no section: @number(...)" for check in planned if check.max_points and not check.number
        ]
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(suite.folder.glob("test_*.py"))}
    texts = [*shown, *(visible_tests(source) for source in sources.values())]
    words = set(re.findall(r"\w+", " ".join(texts)))
    phrases = " ".join(re.sub(r"\s+", " ", text) for text in texts)
    names = set(_defined(reference))
    paid = {check.id.partition("[")[0] for check in planned if check.max_points and check.visibility != "visible"}
    for file, source in sources.items():
        for name, test in _tests(source):
            if f"{file}::{name}" in paid:
                findings += [
                    f"{file}::{name} asks for `{word}`, of which no student has read"
                    for word in _asked(test, names) - words
                ]
                findings += [
                    f"{file}::{name} asks for an error that says {text!r}, which no student has read"
                    for text in _errors(test)
                    if text not in phrases
                ]
    return sorted(findings)


def _tests(source: str) -> Iterator[tuple[str, list[ast.AST]]]:
    """Yield each test of a file by the name that pytest gives it, with the functions and constants of the file that it uses."""
    body = ast.parse(source).body
    helpers = {name: node for node in body for name in defined(node)}
    for node in body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for test in inner:
            if isinstance(test, ast.FunctionDef):
                yield f"{prefix}{test.name}", _with_helpers(test, helpers)


def _with_helpers(test: ast.AST, helpers: Mapping[str, ast.AST]) -> list[ast.AST]:
    found = [test]
    for node in found:  # grows meanwhile
        used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & helpers.keys()
        found += [helpers[name] for name in sorted(used) if helpers[name] not in found]
    return found


def _defined(reference: Tree) -> Iterator[str]:
    """Yield the names that the reference defines: functions, methods, attributes of `self`, keys of dictionaries."""
    for path in reference.paths:
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(reference.read(path))):
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
                    yield node.name
                elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    yield node.attr
                elif isinstance(node, ast.Dict):
                    yield from (
                        key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )


def _asked(test: list[ast.AST], names: set[str]) -> set[str]:
    """Return the names of the reference's that a test reads, as attributes or as keys."""
    attributes = {node.attr for part in test for node in ast.walk(part) if isinstance(node, ast.Attribute)}
    indices = [node.slice for part in test for node in ast.walk(part) if isinstance(node, ast.Subscript)]
    keys = {index.value for index in indices if isinstance(index, ast.Constant) and isinstance(index.value, str)}
    return (attributes | keys) & names - COMMON


def _errors(test: list[ast.AST]) -> set[str]:
    """Return the plain words that a test wants in an error's message; the longest plain part of a pattern."""
    patterns = [
        keyword.value.value
        for part in test
        for node in ast.walk(part)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == ERROR_WORDS
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    ]
    return {max(re.split(r"[^\w ]+", pattern), key=len).strip() for pattern in patterns} - {""}
