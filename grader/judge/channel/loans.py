"""Things of the test's that were lent, and that nobody holds any more: they are given up on both sides. Side: judge.

The student's code may hold one by a weak reference only: then it dies when the test drops it, as in one process.
"""

import sys
from types import FunctionType
from typing import Any, Protocol

MOST_WATCHED = 20
IN_TABLE = 3  # references to one that nobody else holds: the table, a local name, the question itself


class Loans:
    """Which of what was lent in one test is looked at."""

    def __init__(self) -> None:
        #: What the candidate has itself under a name of the library's, and may not use here.
        self.only_named: set[int] = set()
        self.watched: dict[int, None] = {}
        self.are_held: dict[int, None] = {}  # by the student's code, when the test had dropped them

    def is_lent(self, lent: list[Any], index: Any) -> bool:
        """Whether something was lent under an index, and not given up since."""
        return type(index) is int and 0 <= index < len(lent) and lent[index] is not None

    def watch(self, index: int, value: Any) -> None:
        """Look at an object of a class of the test's, or at a function that has a name, from now on."""
        kind = type(value)
        is_named = kind is FunctionType and value.__name__ != "<lambda>"
        if (is_named or kind.__module__ != "builtins") and len(self.watched) < MOST_WATCHED:
            self.watched[index] = None

    def dropped(self, lent: list[Any], is_thorough: bool) -> list[int]:
        """Return those that the test holds no more; of those that the student's code held, too, if it is asked once more."""
        if is_thorough:
            self.watched |= self.are_held
            self.are_held.clear()
        found = []
        for index in [*self.watched]:
            value = lent[index]
            if sys.getrefcount(value) <= IN_TABLE:
                found.append(index)
                del self.watched[index]
        self.are_held |= dict.fromkeys(found)
        return found


class Lender(Protocol):
    """What a connection has of such things."""

    lent: list[Any]
    lent_index: dict[int, int]
    loans: Loans

    def own_request(self, operation: str, *args: Any) -> Any:
        """Ask the agent."""

    def no_answer(self, reason: str) -> BaseException:
        """Return what ends the test."""


def give_up(lender: Lender, is_thorough: bool = False) -> None:
    """Give up what the test holds no more, where the student's code does not hold it either."""
    loans = lender.loans
    dropped = loans.dropped(lender.lent, is_thorough) if loans.watched or is_thorough else []
    released = lender.own_request("release", dropped) if dropped else []
    if type(released) is not list or {int} < {int, *map(type, released)} or not set(released) <= set(dropped):
        raise lender.no_answer("things of the test's that were never lent")
    for index in released:
        loans.are_held.pop(index, None)
        del lender.lent_index[id(lender.lent[index])]
        lender.lent[index] = None
