"""The students of the demonstration: what each hands in, and the score its author planned for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_admin.settings.env import ROOT

SUBMISSIONS = Path(__file__).parent / "submissions"
REFERENCE = ROOT / "reference_impl" / "tinytorch"
PACKAGE = "tinytorch"
MODULE = "tinytorch/core/tensor.py"

Files = dict[str, str]


@dataclass(frozen=True, slots=True)
class DemoStudent:
    """One student: a roster entry, a repository's contents, and a planned range of percent."""

    login: str
    name: str
    story: str
    files: Callable[[], Files]
    lowest_percent: float
    highest_percent: float

    def is_as_planned(self, percent: float | None) -> bool:
        """Say whether a score, None if there is none, is what was planned."""
        return percent is not None and self.lowest_percent <= percent <= self.highest_percent


def _package(tensor: str) -> Files:
    return {
        "README.md": "# TinyTorch, module 01\n",
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/core/__init__.py": "",
        MODULE: tensor,
    }


def _own(name: str) -> Callable[[], Files]:
    return lambda: _package((SUBMISSIONS / f"{name}.py").read_text(encoding="utf-8"))


def _reference() -> Files:
    return _package((REFERENCE / "core" / "tensor.py").read_text(encoding="utf-8"))


def _nothing() -> Files:
    return _package('"""To be written."""\n')


#: One row a student. The ranges leave room for budgets near their limit, and for nothing else.
STUDENTS = (
    DemoStudent("mira-okafor", "Mira Okafor", "correct: the reference itself", _reference, 100, 100),
    DemoStudent("jon-lindqvist", "Jon Lindqvist", "correct, but naive and slow", _own("naive_and_slow"), 86, 96),
    DemoStudent("ada-bautista", "Ada Bautista", "subtly buggy", _own("subtly_buggy"), 75, 90),
    DemoStudent("mal-ory", "Mal Ory", "hostile: forges, patches, exits, kills", _own("hostile"), 0, 0),
    DemoStudent("bo-nguyen", "Bo Nguyen", "empty: nothing written yet", _nothing, 0, 0),
)
