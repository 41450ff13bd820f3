"""What test files say in their syntax: which modules are the student's, which names a piece of code takes from elsewhere.

Side: worker. Only `ast` looks at the code; nothing is imported.
"""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator

from grader.suite.importing.imported import Contents, Imported, text_of

#: What tests import by these names is taken for the library's; a package of the student's called so is named by hand.
NAMES_OF_LIBRARIES = sys.stdlib_module_names | {"numpy", "msgpack"}
#: Third-party packages that tests import for themselves, by the name of import.
LIBRARIES = frozenset(
    "pytest hypothesis numpy scipy pandas matplotlib sklearn sympy networkx seaborn PIL requests bs4 yaml nose otter nbgrader "
    "IPython jupyter gradescope_utils parameterized timeout_decorator numpy_testing mock colorama rich attr attrs torch "
    "tensorflow okpy client pkg_resources setuptools six marks asserts arrays".split()
)
#: What the judge has of these; the rest needs a person.
HERE = frozenset({"pytest", "hypothesis", "numpy", "gradescope_utils", "marks", "asserts", "arrays"})
#: Calls in tests that mean this very process, or its files, which are not the student's: the call, and the sentence.
OF_ONE_PROCESS = {
    "subprocess.run": "starts a program beside the tests",
    "subprocess.Popen": "starts a program beside the tests",
    "subprocess.check_output": "starts a program beside the tests",
    "os.system": "starts a program beside the tests",
    "os.listdir": "lists a folder beside the tests",
    "os.path.exists": "looks for files beside the tests",
    "inspect.getsource": "reads the source of what is handed in",
    "sys.path.insert": "changes where modules are found; only `package` decides that",
    "sys.path.append": "changes where modules are found; only `package` decides that",
}


def parse(path: str, data: bytes, imported: Imported) -> ast.Module | None:
    """Return a file's syntax tree, or None, with a note, for one that is no Python."""
    try:
        return ast.parse(text_of(data))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        where = f", line {problem.lineno}" if isinstance(problem, SyntaxError) else ""
        imported.notes.person.append(
            f"`{path}`{where} cannot be read as Python; its tests are not collected until it is."
        )
        return None


def look_at_tests(files: Contents, imported: Imported) -> None:
    """Find the student's modules in what Python files import, and note what cannot work as it stands."""
    own = {path.rpartition("/")[2].removesuffix(".py") for path in files if path.endswith(".py")}
    own |= {path.partition("/")[0] for path in files if "/" in path}
    modules: list[str] = []
    for path, data in sorted(files.items()):
        tree = parse(path, data, imported) if path.endswith(".py") else None
        if tree is None:
            continue
        _note_calls(path, tree, imported)
        for line, name in imports(tree):
            top = name.partition(".")[0]
            if top in LIBRARIES - HERE:
                imported.notes.person.append(
                    f"`{path}:{line}` imports `{top}`, which the judge does not have: name its package under "
                    "`judge_requirements` in `suite.toml`, then run `python -m grader suite build`."
                )
            elif top not in own and top not in HERE and top not in sys.stdlib_module_names:
                modules += [name] if name not in modules else []
    _settle(modules, imported)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of every module that is imported, by a statement or by `import_module("name")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value:
                yield node.lineno, name.value


def _note_calls(path: str, tree: ast.Module, imported: Imported) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            if called in OF_ONE_PROCESS:
                imported.notes.person.append(
                    f"`{path}:{node.lineno}` {OF_ONE_PROCESS[called]} (`{called}`): the judge has neither the student's files "
                    "nor their process. Put what needs them into a function marked `@in_candidate`."
                )


def _settle(modules: Iterable[str], imported: Imported) -> None:
    """Set packages and modules; what is named as a library is none of them."""
    for name in modules:
        top = name.partition(".")[0]
        if not all(part.isidentifier() for part in name.split(".")) or top in NAMES_OF_LIBRARIES:
            continue
        imported.packages += [top] if top not in imported.packages else []
        imported.modules.append(name)
    for top in reversed(imported.packages):
        if top not in imported.modules:
            imported.modules.insert(0, top)


def free_names(code: str) -> set[str]:
    """Return the names that a piece of code uses and nowhere binds; raises SyntaxError."""
    tree = ast.parse(code)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return used - bound - {*dir(builtins)}
