"""Where the corpus and plain pytest do not agree: what is refused for good, and what does not agree yet.

The tables are exact: an exercise that agrees makes `test_foreign.py` fail until it is taken off.
"""

#: Refused as the suite's fault, whatever is handed in: what the sentence says.
REFUSED = {
    "notes_file": "is a file of the judge's, which the student's code cannot open; make it @in_candidate",
}

_WAITING: dict[str, str] = {
    "paths of files that unittest's setUp makes: to be refused, as a fixture's are": "word_file",
    "what an object answers of itself: its kind, its fields, its docstring": """
        call_log card_suits countdown inventory one_logger points_named
    """,
    "`reversed` of a class with no more than `__reversed__`": "linked_list",
    "a bare `object()` as an argument": "shape_visitor",
}
#: What does not agree yet, by exercise: what it waits for.
NOT_YET = {name: reason for reason, names in _WAITING.items() for name in names.split()}

#: Tests that pass under a solution that plain pytest catches: exercise, kind of solution, test.
PASSES_TOO_MUCH: set[tuple[str, str, str]] = set()
