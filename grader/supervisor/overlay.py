"""The tree that a later module is measured in: the candidate's module on the reference's earlier ones. Side: worker.

A slow tensor is paid for once. Of the reference only what the suite's own work can reach goes along: whatever lies in a
candidate's box can be read there, and the solutions of later modules must not.
"""

import ast
import contextlib
from collections.abc import Iterable, Mapping

from grader.source import Tree
from grader.suite.manifest import Suite


def module_files(tree: Tree, module: str) -> dict[str, bytes]:
    """Return the files of one dotted module of a tree: a file, or a folder with everything in it."""
    place = module.replace(".", "/")
    return {
        path: data for path, data in tree.contents().items() if path == f"{place}.py" or path.startswith(f"{place}/")
    }


def on_reference(tree: Tree, reference: Tree, suite: Suite) -> Tree:
    """Return a submission with the reference's modules in place of its own, but for the suite's last one.

    Files of the submission that cannot lie beside the reference's, such as one whose name differs in case, are left out.
    """
    measured = module_files(tree, suite.modules[-1])
    tests = [path.read_bytes() for name, path in suite.files.items() if name.endswith(".py")]
    named = [*suite.modules, *(name for test in tests for name in imported(test))]
    earlier = reachable(reference.contents(), named)
    replaced = module_files(reference, suite.modules[-1])
    kept = {path: data for path, data in earlier.items() if path not in replaced}
    return Tree.over({**kept, **measured}, tree.contents())


def reachable(sources: Mapping[str, bytes], modules: Iterable[str]) -> dict[str, bytes]:
    """Return the files of modules, of the packages they lie in, and of every module that these import."""
    found: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        parts = waiting.pop().split(".")
        places = [f"{'/'.join(parts)}.py", *("/".join([*parts[:end], "__init__.py"]) for end in range(len(parts) + 1))]
        for place in places:
            if place in sources and place not in found:
                found[place] = sources[place]
                waiting += imported(sources[place])
    return found


def imported(source: bytes) -> list[str]:
    """Return the dotted names that a source file imports; of `from a import b`, both a and a.b. Source: Python grammar."""
    names: list[str] = []
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
