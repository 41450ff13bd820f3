"""`from work import *` in a suite: which names it gives there is known by what the file uses, until a test can ask. Side: judge.

While a suite is imported nothing of the student's is there to say what its names are. So the import gives every name that the
file uses and does not bind itself. Where something else stands under a name, a built-in function or another module's,
each test asks whether the student's module has it.
"""

import builtins
import dis
import symtable
import sys
from pathlib import Path
from typing import Any, NamedTuple

from grader.errors import SuiteError

IMPORT_STAR = dis.opmap["IMPORT_STAR"]
ABSENT = object()  # what stands under a name where nothing does


class Star(NamedTuple):
    """One such import: by file, of a module, with what stands without it under the names that may not be the student's."""

    space: dict[str, Any]
    module: str
    fallbacks: dict[str, Any]


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
    used = _used(Path(file))
    others = {name: space.get(name, ABSENT) for name in used if name in space or hasattr(builtins, name)}
    _stars[file] = Star(space, module, others)
    return sorted(used - others.keys())


def stars() -> list[Star]:
    """Return every such import of the suite's."""
    return list(_stars.values())


def _used(file: Path) -> set[str]:
    """Return the names that a file takes from its own namespace, and does not bind there itself."""
    top = symtable.symtable(file.read_text(encoding="utf-8"), str(file), "exec")
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        used |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
        waiting += table.get_children()
    return {name for name in used - bound if not name.startswith("_")}
