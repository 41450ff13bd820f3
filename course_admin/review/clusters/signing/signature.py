"""The signature of a failed check: test, verdict, exception, what is left of the message, the shape of the innermost line.

Two students who make the same mistake in other words have the same one; other inputs of the same test change nothing.
"""

import hashlib
import json
from dataclasses import dataclass

from course_admin.review.clusters.signing.frames import frames_of, shape_of
from course_admin.review.clusters.signing.relation import relation
from course_admin.review.clusters.signing.wording import is_shared, wording
from grader.verdict import Verdict

#: What is no failure of the student's: what was passed, and what was not run.
NO_FAILURE = (str(Verdict.PASSED), str(Verdict.SKIPPED))


@dataclass(frozen=True, slots=True)
class Key:
    """One way to fail one test."""

    test: str
    verdict: str
    exception: str
    message: str
    frame: str

    @property
    def digest(self) -> str:
        """Its name: equal for equal ways."""
        parts = [self.test, self.verdict, self.exception, self.message, self.frame]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def key_of(test_id: str, verdict: str, message: str) -> Key:
    """Return how a check was not passed.

    What a student's own `raise` says is in their own words, and left out.
    """
    said = wording(message)
    frames = frames_of(message)
    shape, text = "", said.text
    if frames:
        innermost = frames[-1]
        name = innermost.function if is_shared(innermost.function, said.called) else "function"
        shape = f"{name}: {shape_of(innermost.code)}"
        if said.exception and innermost.code.startswith("raise"):
            text = ""
    how = relation(message) if not said.exception else ""
    return Key(test_id.partition("[")[0], verdict, said.exception, f"{text} {how}".strip(), shape)
