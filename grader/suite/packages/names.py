"""The names that a student's code may be imported under. Side: any."""

import keyword
import re
import sys
from collections.abc import Callable
from typing import Any

from grader.errors import SuiteError

#: What a submission cannot bring: modules that are part of the interpreter, that it looks up by name while it runs anything, and
#: what tests and the grader themselves are made of.
NAMES_TAKEN = {
    *sys.builtin_module_names,
    *"abc codecs copyreg encodings importlib io os re runpy site threading typing warnings zipimport".split(),
    *"numpy msgpack hypothesis pytest unittest test grader arrays asserts failure lenient marks conftest".split(),
    *"__future__ __main__ _pytest pluggy".split(),
}


def read_package_names(table: dict[str, Any], place: Callable[[str], str]) -> None:
    """Put the names of the student's packages under `packages`; refuse those that no code could be graded under.

    place: the manifest and the line of a key, for the message.
    """
    if ("package" in table) == ("packages" in table):
        found = "both are there" if "package" in table else "the package is missing"
        manifest = place("title").rpartition(":")[0]
        raise SuiteError(f'{manifest}: write package = "...", or packages = [...] for several; {found}')
    key = "package" if "package" in table else "packages"
    names = [table["package"]] if key == "package" else table["packages"]
    for name in names:
        bare = name.removesuffix(".py").rpartition("/")[2]
        if name in NAMES_TAKEN:
            raise SuiteError(
                f"{place(key)}: {name} is a module that Python or the grader itself needs, so that no import could mean the "
                "student's; give the student's package another name"
            )
        if name != bare or not name.isidentifier() or keyword.iskeyword(name):
            meant = re.sub(r"\W", "_", bare.partition(".")[0])
            raise SuiteError(
                f"{place(key)}: {name!r} is no name that Python imports; write the module's, as in {meant!r}"
            )
    for module in table.get("modules", ()):
        if module.partition(".")[0] not in names:
            raise SuiteError(
                f"{place('modules')}: {module!r} is no part of {' or '.join(names)}; write {names[0]!r}, or "
                f"'{names[0]}.' and the module's name"
            )
    if not names:
        raise SuiteError(f"{place(key)}: packages names none")
    table["packages"] = names
