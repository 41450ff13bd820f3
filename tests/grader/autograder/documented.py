"""Gradescope's results.json as its documentation has it, as a check. Source: "Specifications", Output Format."""

import json
from typing import Any

VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
NUMBER = (int, float)
#: Field -> its types, and the values that it may have, if they are listed.
TOP: dict[str, tuple[Any, set[str] | None]] = {
    "score": (NUMBER, None),
    "execution_time": (NUMBER, None),
    "output": (str, None),
    "output_format": (str, FORMATS),
    "test_output_format": (str, FORMATS),
    "test_name_format": (str, FORMATS),
    "visibility": (str, VISIBILITIES),
    "stdout_visibility": (str, VISIBILITIES),
    "extra_data": (dict, None),
    "tests": (list, None),
    "leaderboard": (list, None),
}
TEST: dict[str, tuple[Any, set[str] | None]] = {
    "score": (NUMBER, None),
    "max_score": (NUMBER, None),
    "status": (str, {"passed", "failed"}),
    "name": (str, None),
    "name_format": (str, FORMATS),
    "number": (str, None),
    "output": (str, None),
    "output_format": (str, FORMATS),
    "tags": (list, None),
    "visibility": (str, VISIBILITIES),
    "extra_data": (dict, None),
}
COLUMN: dict[str, tuple[Any, set[str] | None]] = {
    "name": (str, None),
    "value": ((*NUMBER, str), None),
    "order": (str, {"asc", "desc"}),
}


def refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def problems(text: str) -> list[str]:
    """Return what of a file is not as documented."""
    document = json.loads(text, parse_constant=refuse)
    found = _fields("the file", document, TOP)
    if "score" not in document and not document.get("tests"):
        found.append("there is neither a score nor a test")
    for number, test in enumerate(document.get("tests", [])):
        found += _fields(f"test {number}", test, TEST)
        if "score" not in document and "score" not in test:
            found.append(f"test {number} has no score, and the file has none")
    for number, column in enumerate(document.get("leaderboard", [])):
        found += _fields(f"column {number}", column, COLUMN)
    return found


def _fields(where: str, thing: dict[str, Any], known: dict[str, tuple[Any, set[str] | None]]) -> list[str]:
    found = [f"{where} has the unknown field {name}" for name in thing.keys() - known.keys()]
    for name in thing.keys() & known.keys():
        types, listed = known[name]
        if not isinstance(thing[name], types) or isinstance(thing[name], bool):
            found.append(f"{where}: {name} is {thing[name]!r}")
        elif listed is not None and thing[name] not in listed:
            found.append(f"{where}: {name} is none of {sorted(listed)}")
    return found
