"""The generator of `random`, once a test has said where it stands: one for both sides, as in one process. Side: judge.

What the test draws, the student's code does not draw again, and the other way round. The candidate only says how far it has
drawn: what comes next follows from the test's own seed, whatever it says.
"""

import random
from typing import Any

from grader.judge.connection import Connection

MOST_DRAWN = 100_000  # words of 32 bits, in one call


class Chance:
    """Where the generator stood when both sides last knew."""

    def __init__(self) -> None:
        self.is_followed = False  # from the first time that the test seeds it, or asks where it stands
        self.known: Any = None

    def send(self, connection: Connection) -> None:
        """Have the candidate's generator stand where the test's does."""
        now = random.getstate()
        if now != self.known:
            self.known = now
            connection.own_request("chance", list(now[1]), now[2])

    def follow(self, connection: Connection) -> None:
        """Have the test's generator stand where the student's code has left the candidate's."""
        words = connection.own_request("drawn")
        if type(words) is not int or not -1 <= words <= MOST_DRAWN:
            raise connection.no_answer("a number of draws that is none")
        if words < 0:  # seeded by the student's code, or drawn from for very long
            self.is_followed = False
        elif words:
            random.getrandbits(32 * words)
            self.known = random.getstate()
