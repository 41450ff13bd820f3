"""Where the corpus and plain pytest do not agree: what is refused for good, and what does not agree yet.

The tables are exact: an exercise that agrees makes `test_foreign.py` fail until it is taken off.
"""

#: Refused as the suite's fault, whatever is handed in: what the sentence says.
REFUSED: dict[str, str] = {}

_WAITING: dict[str, str] = {
    "`from work import *`": "star_names",
    "changes to arguments": "bubble_in_place dedupe_in_place default_trap leave_alone rotate_matrix",
    "comparisons and truth of the student's objects": """
        access_flags card_suits custom_set matrix_ops points_named polynomials sort_students span_sequence
        vector_ops wall_clock weak_hash
    """,
    "context managers that swallow errors": "open_door",
    "dates, fractions and other values of the library": """
        byte_codec due_dates fraction_sums intervals money_decimal time_slots uuid_paths
    """,
    "exceptions as their own class": """
        age_check bank_account error_codes graph_walk leap_days parse_config retry_call safe_divide
        stack_and_queue token_scanner week_of zip_code_rules
    """,
    "functions and objects of the test as arguments": """
        accumulate_map apply_times call_log csv_totals endless_primes event_bus keep_discard memo_call
        pipeline running_mean shape_visitor sort_by
    """,
    "helper modules and data files beside the tests": "helper_tables",
    "input, output and files of the student's process": "echo_program line_filter notes_file word_file",
    "seeds that a test sets": "robot_name",
    "what an object answers of itself: its kind, its fields, its docstring": """
        countdown inventory linked_list one_logger type_questions zoo_package
    """,
}
#: What does not agree yet, by exercise: what it waits for.
NOT_YET = {name: reason for reason, names in _WAITING.items() for name in names.split()}

#: Tests that pass under a solution that plain pytest catches: exercise, kind of solution, test.
PASSES_TOO_MUCH: set[tuple[str, str, str]] = {
    ("leave_alone", "wrong", "leave_alone_test.py::LeaveAloneTest::test_with_grade"),
    ("matrix_ops", "wrong", "test_matrix.py::test_rows_are_a_copy"),
    ("open_door", "wrong", "open_door_test.py::DoorTest::test_is_closed_after_an_error"),
}
