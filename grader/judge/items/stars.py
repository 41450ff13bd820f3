"""`from work import *` in a suite: which names it gives there is known by what the file uses, until a test can ask. Side: judge.

While a suite is imported nothing of the student's is there to say what its names are. So the import gives every name that the
file uses and does not bind itself. A built-in function, or what another module has given, is never replaced: a student could
pass any test with a `len` of their own. Each test asks whether the student's module has such a name, and is refused then.
What the student's module does not give, by its `__all__` or an underscore, raises NameError where a test uses it; a name that
stands alone as a statement is used by standing there, and is taken away for the test.
"""

import ast
import builtins
import dis
import symtable
import sys
from pathlib import Path
from typing import Any, NamedTuple

from grader.errors import SuiteError

IMPORT_STAR = dis.opmap["IMPORT_STAR"]


class Star(NamedTuple):
    """One such import: in a file, of a module, the names it is to give, those of them that stand alone as statements, and what
    stands under those that are not the student's.
    """

    file: str
    module: str
    names: frozenset[str]
    alone: frozenset[str]
    others: dict[str, Any]

    def refusal(self, name: str) -> str:
        """Return what is said where the student's module has one of the other names as well."""
        return (
            f"the student's module has the name {name}, and so has Python or another module; which of them is meant, the * in the "
            f"test's imports does not say: write from {self.module} import {name}, or import the others by name"
        )


_stars: dict[str, Star] = {}


def names_of_star(module: str) -> list[str]:
    """Return what `from module import *` gives in the file that is importing it; to be called by the module's __getattr__.

    Raises AttributeError for any other question, and SuiteError where the names cannot be known.
    """
    frame = sys._getframe(2)
    if frame.f_code.co_code[frame.f_lasti] != IMPORT_STAR:
        raise AttributeError("__all__")
    space, file = frame.f_globals, frame.f_code.co_filename
    if file in _stars and _stars[file].module != module:
        raise SuiteError(
            f"{file}:{frame.f_lineno}: only one module of the student's can be imported with *; name what is imported from {module}"
        )
    text = Path(file).read_text(encoding="utf-8")
    used = _used(text, file)
    known = {**vars(builtins), **space}
    others = {name: known[name] for name in used if name in known}
    given = frozenset(used - others.keys())
    _stars[file] = Star(file, module, given, given & _alone(text), others)
    return sorted(given)


def is_of_star(file: Any, module: str, name: str) -> bool:
    """Whether a file of the suite's has a name by such an import."""
    star = _stars.get(str(file))
    return star is not None and star.module == module and name in star.names


def stands_alone(file: Any, name: str) -> bool:
    """Whether a name that a file has by such an import is a statement of its own somewhere in it."""
    star = _stars.get(str(file))
    return star is not None and name in star.alone


def stars() -> list[Star]:
    """Return every such import of the suite's."""
    return list(_stars.values())


def _used(text: str, file: str) -> set[str]:
    """Return the names that a file takes from its own namespace, and does not bind there itself."""
    top = symtable.symtable(text, file, "exec")
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        used |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
        waiting += table.get_children()
    return {name for name in used - bound if not name.startswith("__")}


def _alone(text: str) -> set[str]:
    """Return the names that are a statement of their own somewhere in a file, as in `with pytest.raises(NameError): hidden`."""
    statements = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    return {value.id for value in statements if isinstance(value, ast.Name)}
