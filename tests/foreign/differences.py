"""Where the corpus and plain pytest do not agree: what is refused for good, and what does not agree yet.

The tables are exact: an exercise that agrees makes `test_foreign.py` fail until it is taken off.
"""

#: Refused as the suite's fault, whatever is handed in: what the sentence says.
REFUSED: dict[str, str] = {}

_WAITING: dict[str, str] = {
    "comparisons and truth of the student's objects": """
        access_flags card_suits custom_set intervals matrix_ops points_named polynomials sort_students
        span_sequence stack_and_queue vector_ops wall_clock weak_hash
    """,
    "dates, fractions and other values of the library": """
        due_dates fraction_sums money_decimal shape_visitor time_slots uuid_paths week_of
    """,
    "input, output and files of the student's process": "echo_program line_filter notes_file word_file",
    "seeds that a test sets": "robot_name",
    "what an object answers of itself: its kind, its fields, its docstring": """
        call_log countdown inventory linked_list one_logger type_questions zoo_package
    """,
}
#: What does not agree yet, by exercise: what it waits for.
NOT_YET = {name: reason for reason, names in _WAITING.items() for name in names.split()}

#: Tests that pass under a solution that plain pytest catches: exercise, kind of solution, test.
PASSES_TOO_MUCH: set[tuple[str, str, str]] = {
    ("uuid_paths", "wrong", "test_uuid_paths.py::test_a_day_is_no_moment"),
}
