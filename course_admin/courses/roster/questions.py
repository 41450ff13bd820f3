"""What an import asks before it does something that a file alone does not prove, and the answers it was given.

A question has a key that stays the same while file and roster do. One without a default stops the import until somebody has
answered; the first import of a course asks nothing that its file answers itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LEAVE_OUT = "skip"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its value in the form, and its words."""

    value: str
    words: "StrOrPromise"


SKIP = Choice(LEAVE_OUT, _("Leave this line out; nobody changes."))


@dataclass(frozen=True, slots=True)
class Question:
    """Something to decide: about which line (0: about the whole file), in which words, with which answers.

    `default` is what happens without an answer; empty: nothing may be imported without one. `answer` is what counts now.
    """

    key: str
    line: int
    sentence: str
    choices: tuple[Choice, ...]
    default: str = ""
    answer: str = ""


class Asked:
    """The questions of one plan, in order, each once, with the answers that somebody gave."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self._questions: dict[str, Question] = {}

    def ask(self, key: str, line: int, sentence: str, choices: Iterable[Choice], default: str = "") -> str:
        """Return the answer to a question, or its default; empty if there is neither yet."""
        choices = tuple(choices)
        given = self._answers.get(key, "")
        answer = given if given in {each.value for each in choices} else default
        self._questions[key] = Question(key, line, sentence, choices, default, answer)
        return answer

    def answer_of(self, key: str) -> str:
        """Return what a question that was asked is answered by; empty if it is open."""
        return self._questions[key].answer

    @property
    def questions(self) -> list[Question]:
        """Every question that was asked, by line."""
        return sorted(self._questions.values(), key=lambda each: each.line)

    def forget(self) -> None:
        """Begin again, with the same answers."""
        self._questions.clear()
