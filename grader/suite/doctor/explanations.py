"""Why a test can have another verdict than under plain pytest: a sentence, and the line to write. Side: worker.

The table is read from the top; what a test's message or a refusal says decides. The last row fits everything.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way to differ."""

    says: str  # a regular expression, searched in what the judge said of the test
    sentence: str
    line: str


IN_CANDIDATE = (
    "@in_candidate  # above a function with this code, which returns plain values; from marks import in_candidate"
)
EXPLANATIONS = (
    Explanation(
        r"cannot cross",
        "The test passes something to the student's code, or asks it for something, that cannot be sent to another process.",
        IN_CANDIDATE,
    ),
    Explanation(
        r"asks for the fixture",
        "The test asks for a fixture that the judge does not have.",
        "@pytest.fixture  # a fixture of your own with this name, in conftest.py beside the tests",
    ),
    Explanation(
        r"No module named|has no attribute '__path__'",
        "The test, or the student's code, imports a module that its box does not have.",
        'packages = ["..."]  # in suite.toml, if it is the student\'s; given = ["....py"], if their code needs what lies beside '
        "the tests; else do without it",
    ),
    Explanation(
        r"plain values? (?:is|are) (?:compared|tested)|trust_equality|compared with",
        "The test compares an object of the student's with a value; whose `==` is the student's own, and proves nothing.",
        "assert result.value == expected.value  # compare what it holds; or trust_equality = true in suite.toml",
    ),
    Explanation(
        r"is not \[|is not \{|same object|a copy",
        "The test asks whether two things are one object, or changes one after it was handed over.",
        IN_CANDIDATE,
    ),
    Explanation(
        r"FileNotFoundError|No such file|/tmp/",
        "The test and the student's code have different folders: a file that one writes is not there for the other.",
        IN_CANDIDATE,
    ),
    Explanation(
        r"EOF when reading|stdin|stdout|input\(",
        "The test talks to its own input and output, not to those of the student's process.",
        IN_CANDIDATE,
    ),
    Explanation(
        r"No answer within|timed out|took longer",
        "The student's code asked or was asked more than its time allows.",
        "[limits]\ntest_wall_seconds = 30  # in suite.toml",
    ),
    Explanation(
        r"",
        "The judge sees the student's objects from another process, and there this test comes out otherwise.",
        IN_CANDIDATE,
    ),
)
#: A test that passes here and not plainly is the one kind that costs the course something: wrong work would pass it.
PASSES_TOO_MUCH = Explanation(
    "",
    "The test passes here and fails under plain pytest: work that is wrong would pass it.",
    "assert ...  # compare plain values that the student's code returned; do not use the test until it fails here, too",
)


def explain(said: str) -> Explanation:
    """Return why a test that passes plainly does not pass here, from what the judge said of it."""
    return next(each for each in EXPLANATIONS if re.search(each.says, said))
