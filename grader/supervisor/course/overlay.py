"""What of a course's reference lies beside a submission: its packages' own files, and under budgets its modules. Side: worker.

A package's `__init__` files are the course's. Under a budget a later module is measured on the reference's earlier ones: a slow
tensor is paid for once. Of the reference only what the suite's own work can reach goes along: whatever lies in a candidate's box
can be read there, and neither the measured module's solution nor those of later ones must. Always true: only a module that
students are asked for takes the place of a student's file; the reference's own helpers take nobody's.
"""

import ast
import contextlib
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping

from grader.source import Tree
from grader.suite.course_table import TABLE, read_course_table
from grader.suite.manifest import Suite
from grader.supervisor.course.exports import complete_exports
from grader.supervisor.course.imports import base_of, imported
from grader.supervisor.course.reading import read_limited

#: What the name of one of the reference's helpers begins with where a submission has something of that name.
MOVED = "_reference_"
PACKAGE = "__init__.py"


def module_files(tree: Tree, module: str) -> dict[str, bytes]:
    """Return the files of one dotted module of a tree: a file, or a folder with everything in it."""
    return files_of(tree.contents(), module)


def files_of(contents: Mapping[str, bytes], module: str) -> dict[str, bytes]:
    """Return those of some files that are one dotted module's."""
    return {path: data for path, data in contents.items() if _is_of(path, module)}


def with_given_files(tree: Tree, suite: Suite) -> Tree:
    """Return a submission, or a reference, with what the suite gives in the place of its own files of these names."""
    given = suite.given_files()
    return Tree.over(given, tree.contents()) if given else tree


def with_course_files(tree: Tree, suite: Suite) -> tuple[Tree, tuple[str, ...]]:
    """Return a submission as a course's suite grades it, and what its student must know about it.

    The package's `__init__` files are the course's own: those of a student's repository may import all modules, written or not.
    A module that changes earlier ones on import is not there for the suites that come before it. What an export lacks because the
    course's own does is there, and so is what a suite gives. Else a suite without a reference, or that grades nothing of a
    course's table, takes submissions as they are.
    """
    tree = with_given_files(tree, suite)
    table = suite.files.get(TABLE)
    if table is None or suite.reference is None or not (suite.topic or suite.is_milestone):
        return tree, ()
    course = read_course_table(table.parent)
    theirs = tree.contents()
    modules = [row.file for row in course.offered.modules.values()]
    own = {path.relative_to(suite.reference).as_posix(): path for path in suite.reference.rglob(PACKAGE)}
    laid = {
        path: file.read_bytes()
        for path, file in own.items()
        if path.partition("/")[0] in suite.packages and _holds_any(path, [*modules, *theirs])
    }
    hidden = [course.offered.modules[topic].module for topic in course.patching_after(suite.topic)]
    kept = {path: data for path, data in theirs.items() if not any(_is_of(path, module) for module in hidden)}
    replaced = [path for path, data in laid.items() if theirs.get(path, b"").strip() not in (b"", data.strip())]
    notes = []
    if replaced:
        notes.append(
            f"The course's own {', '.join(sorted(replaced))} stood in for yours, which is no part of the work."
        )
    measured = {path: data for path, data in kept.items() if _module(path) in suite.modules}
    read = read_limited(kept, measured, hidden, course, (suite.topic, *suite.needs))
    notes += [
        f"{name} is not there in this assignment, which comes before it: nothing here can import it."
        for name in read.imported
    ]
    completed, more = complete_exports(kept, course, read.lacking)
    return Tree.over({**laid, **completed}, kept), (*notes, *more)


def _holds_any(package: str, paths: Iterable[str]) -> bool:
    """Say whether a package's folder, known by its `__init__.py`, holds any of these files."""
    return any(path.startswith(package.removesuffix(PACKAGE)) for path in paths)


def on_reference(tree: Tree, reference: Tree, suite: Suite) -> Tree:
    """Return a submission with the reference's modules in place of its own, but for the suite's last one.

    A helper of the reference's, which no student is asked for, stays away if only the measured module's solution needs it, and
    has another name where the submission has something of its own. Files of the submission that cannot lie beside the
    reference's, such as one whose name differs in case, are left out.
    """
    measured, earlier = module_files(tree, suite.modules[-1]), earlier_files(reference, suite)
    asked = _asked(suite)
    helpers = {helper for path in earlier if (helper := _helper(_module(path), asked))}
    taken = {_module(path) for path in earlier if not _helper(_module(path), asked) and not _is_package(path)}
    theirs = {
        path: data
        for path, data in tree.contents().items()
        if path in measured or not any(_is_of(path, module) for module in taken)
    }
    moves = dict(_moves(helpers, [*theirs, *earlier], theirs))
    return Tree.over({**_moved(earlier, moves), **measured}, theirs)


def earlier_files(reference: Tree, suite: Suite) -> dict[str, bytes]:
    """Return the reference's files that the suite's own work can reach, those of its last module aside."""
    own = suite.modules[-1]
    replaced, asked = module_files(reference, own), _asked(suite)
    needed = [name for path, data in replaced.items() for name in _imported_by_us(data, path) if name in asked]
    others = {path: data for path, data in reference.contents().items() if path not in replaced}
    return reachable(others, [*suite.modules, *_tests_imports(suite), *needed])


def reachable(sources: Mapping[str, bytes], modules: Iterable[str]) -> dict[str, bytes]:
    """Return the reference's files of modules, of the packages they lie in, and of every module that these import."""
    found: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        parts = waiting.pop().split(".")
        places = [f"{'/'.join(parts)}.py", *("/".join([*parts[:end], PACKAGE]) for end in range(len(parts) + 1))]
        for place in places:
            if place in sources and place not in found:
                found[place] = sources[place]
                waiting += _imported_by_us(sources[place], place)
    return found


#: What files of suites and references import: the same ones, run after run. A submission's are never kept.
_imported_by_us = functools.lru_cache(maxsize=1_024)(lambda source, path="": tuple(imported(source, path)))


def _tests_imports(suite: Suite) -> list[str]:
    """Return the dotted names that a suite's files import, and those files beside it that these import.

    What else lies beside a suite is other suites' support, and may be about later modules.
    """
    waiting = [name for name, path in suite.files.items() if path.is_relative_to(suite.folder) or name == "conftest.py"]
    seen: set[str] = set()
    found: list[str] = []
    while waiting:
        file = waiting.pop()
        if file in seen or not file.endswith(".py") or file not in suite.files:
            continue
        seen.add(file)
        names = _imported_by_us(suite.files[file].read_bytes())
        found += names
        waiting += [f"{name.replace('.', '/')}.py" for name in names]
    return found


def _asked(suite: Suite) -> frozenset[str]:
    """Return every module that students are asked for: by the suite, by its tests' imports, by the course's table."""
    asked = {*suite.modules, *_tests_imports(suite), *map(_module, suite.required_files)}
    table = suite.files.get(TABLE)
    if table is not None:
        for module in read_course_table(table.parent).offered.modules.values():
            asked |= {module.module, *module.also_at}
    return frozenset(asked)


def _module(path: str) -> str:
    """Return the dotted name that a file is imported by."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_package(path: str) -> bool:
    return path.rpartition("/")[2] == PACKAGE


def _is_of(path: str, module: str) -> bool:
    """Say whether a file is a module's, or lies in its folder."""
    place = module.replace(".", "/")
    return path == f"{place}.py" or path.startswith(f"{place}/")


def _helper(module: str, asked: Collection[str]) -> str:
    """Return the outermost part of a module's name that nobody is asked for, nor for anything in it; empty if there is none."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        outer = ".".join(parts[:end])
        if any(name.startswith(f"{outer}.") for name in asked):
            continue
        return "" if outer in asked else outer
    return ""


def _moves(helpers: Iterable[str], taken: Collection[str], theirs: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the old and the new name of each helper whose own name a submission uses, in whatever case."""
    names = {path.casefold() for path in taken}
    for helper in sorted(helpers):
        if any(_is_of(path.casefold(), helper.casefold()) for path in theirs):
            package, _, name = f".{helper}".rpartition(".")
            new = f"{package}.{MOVED}{name}".lstrip(".")
            while any(_is_of(path, new.casefold()) for path in names):
                new += "_"
            yield helper, new


def _moved(sources: Mapping[str, bytes], moves: Mapping[str, str]) -> dict[str, bytes]:
    """Return files with some modules under other names, wherever they are imported."""
    if not moves:
        return dict(sources)
    made = {}
    for path, data in sources.items():
        old = next((name for name in moves if _is_of(path, name)), "")
        place = path.replace(old.replace(".", "/"), moves[old].replace(".", "/"), 1) if old else path
        made[place] = data
        with contextlib.suppress(SyntaxError, ValueError):
            made[place] = ast.unparse(_Renaming(path, moves).visit(ast.parse(data))).encode("utf-8")
    return made


class _Renaming(ast.NodeTransformer):
    """Renames modules in one file: where they are imported, and in dotted names and texts that mean them."""

    def __init__(self, path: str, moves: Mapping[str, str]) -> None:
        self.path, self.moves = path, moves

    def _new(self, name: str) -> str:
        for old, new in self.moves.items():
            if name == old or name.startswith(f"{old}."):
                return new + name.removeprefix(old)
        return name

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            alias.name = self._new(alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        base = base_of(node, self.path)
        if self._new(base) != base:
            node.module, node.level = self._new(base), 0
            return node
        for alias in node.names:
            name = alias.name
            if (new := self._new(f"{base}.{name}")) != f"{base}.{name}":
                alias.name, alias.asname = new.rpartition(".")[2], alias.asname or name
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if (new := self.moves.get(ast.unparse(node))) is not None:
            node.attr = new.rpartition(".")[2]
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = self._new(node.value)
        return node
