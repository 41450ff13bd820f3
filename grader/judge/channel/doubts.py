"""What is remembered in one test of the student's word about the test's own values, so that it does not count. Side: judge."""


class Doubts:
    """What was asked, and what was answered, by handle."""

    def __init__(self) -> None:
        self.classes: set[tuple[type, str]] = set()  # that were asked about nonsense, and by which comparison
        self.answers: dict[int, str] = {}  # to which comparison it was answered instead of yes or no
        self.distances: set[int] = set()  # what an operator gave that says how far a test's value is
        self.not_plain: set[int] = set()  # what is of no subclass of a built-in class
