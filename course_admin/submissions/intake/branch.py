"""In which order the pushes to a branch came, whatever the order in which they were announced: pure, nothing is fetched.

Announcements are lost, come late and overtake each other; which commit a push led away from is what they all say. Where
the host was asked, its answer counts: what leads on from there is newer, and what leads elsewhere is older. Where it says when a
push came, that counts before all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

REDELIVERED_WITHIN = timedelta(days=4)  # GitHub offers a delivery again for three
CLOCKS_DIFFER = timedelta(seconds=5)  # a host's and ours, with what whole seconds take away
NOTHING = ""  # what a branch held before it was made


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One push: from a commit to a commit, since when it counts, when its host was asked, if it was found so, and when it came
    by the host's own clock, if that is known.
    """

    before_id: str
    commit_id: str
    received_at: datetime
    found_at: datetime | None = None
    pushed_at: datetime | None = None

    @property
    def arrived_at(self) -> datetime:
        """When this server heard of it."""
        return self.found_at or self.received_at

    @property
    def came_at(self) -> datetime:
        """By which moment it is told which push came first: by the host's clock, if that is known."""
        return self.pushed_at or self.arrived_at


class Branch:
    """What is known of one branch, told push by push in the order of arrival."""

    def __init__(self, steps: Iterable[RefUpdate]) -> None:
        self.newest: RefUpdate | None = None
        self._left: set[str] = set()  # the commits that a push led away from
        self._since: set[str] = set()  # what it held since the host was last asked
        self._found_at: datetime | None = None
        self._arrived_at: dict[str, datetime] = {}  # by commit, of its newest push
        for step in steps:
            self._tell(step)

    @property
    def tip(self) -> str:
        """The commit that it holds."""
        return _named(self.newest.commit_id) if self.newest else NOTHING

    def may_hold(self, commit_id: str) -> bool:
        """Say whether the branch may hold a commit by what is known: it is the newest, or came with it and was not led away from.

        Of pushes within one second of their host nobody knows the order before all are announced.
        """
        if self.newest is None or self.tip == commit_id:
            return self.tip == commit_id
        arrived_at = self._arrived_at.get(_named(commit_id))
        if arrived_at is None or self.was_left(commit_id):
            return False
        return self.newest.arrived_at - arrived_at <= CLOCKS_DIFFER

    def was_left(self, commit_id: str) -> bool:
        """Say whether a push led away from a commit."""
        return _named(commit_id) in self._left

    def is_overtaken(self, step: RefUpdate) -> bool:
        """Say whether a push came before what the branch is known to have held since.

        Where its forerunner was lost as well, that is not known until the host is asked, which finds the newest.
        """
        before_id = _named(step.before_id)
        if step.pushed_at is not None and self.newest is not None and _came_before(step.pushed_at, self.newest):
            return True
        if before_id == self.tip and not self.was_left(
            before_id
        ):  # else it was held twice: who led away from it before?
            return False
        if step.pushed_at is not None and self.newest is not None and _is_told_apart(step.pushed_at, self.newest):
            return step.pushed_at < self.newest.came_at  # the host says which came first, whatever lies between them
        if before_id == self.tip:
            return False
        if self._found_at and step.arrived_at <= self._found_at + REDELIVERED_WITHIN and before_id not in self._since:
            return True
        return _named(step.commit_id) in self._left

    def _tell(self, step: RefUpdate) -> None:
        is_overtaken = not step.found_at and self.is_overtaken(step)
        self._left |= {_named(step.before_id)} - {NOTHING}
        if step.found_at:
            self._found_at, self._since = step.found_at, set()
        if not is_overtaken or step.pushed_at is not None:  # what was set aside has no place, and is asked for
            self._arrived_at[_named(step.commit_id)] = step.arrived_at
        if not is_overtaken:
            self._since.add(_named(step.commit_id))
            self.newest = step


def _came_before(pushed_at: datetime, newest: RefUpdate) -> bool:
    """Say whether a host's time certainly lies before the newest: by the same clock, or before an answer without the newest."""
    if newest.pushed_at is not None:
        return pushed_at < newest.pushed_at
    return newest.found_at is not None and pushed_at < newest.received_at - CLOCKS_DIFFER


def _is_told_apart(pushed_at: datetime, newest: RefUpdate) -> bool:
    """Say whether a host's time tells a push from the newest: from another time of its own, or well from one of ours."""
    if newest.pushed_at is not None:
        return pushed_at != newest.pushed_at
    return abs(pushed_at - newest.came_at) > CLOCKS_DIFFER


def _named(commit_id: str) -> str:
    """Return a commit's id; hosts write zeros where there is none."""
    return commit_id if commit_id.strip("0") else NOTHING
