"""Where the corpus and plain pytest do not agree: what is refused for good, and what does not agree yet.

The tables are exact: an exercise that agrees makes `test_foreign.py` fail until it is taken off.
"""

#: Refused as the suite's fault, whatever is handed in: what the sentence says.
REFUSED: dict[str, str] = {}

_WAITING: dict[str, str] = {}
#: What does not agree yet, by exercise: what it waits for.
NOT_YET = {name: reason for reason, names in _WAITING.items() for name in names.split()}

#: Tests that pass under a solution that plain pytest catches: exercise, kind of solution, test.
PASSES_TOO_MUCH: set[tuple[str, str, str]] = set()
