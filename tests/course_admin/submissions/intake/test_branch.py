"""Which of a branch's pushes is the newest, whatever the order of their announcements."""

from datetime import timedelta

import pytest

from course_admin.submissions.intake.branch import REDELIVERED_WITHIN, Branch, RefUpdate
from tests.factories import NOW

ZEROS = "0" * 40
DAY = timedelta(days=1)


def steps(*words: str) -> list[RefUpdate]:
    """Return steps a minute apart: "ab" leads from a to b, "?b" was found at b, "0" is no commit."""
    names = [["" if each == "?" else ZEROS if each == "0" else each for each in word] for word in words]
    times = [NOW + number * timedelta(minutes=1) for number in range(len(words))]
    return [
        RefUpdate(*pair, at, at if word[0] == "?" else None) for pair, at, word in zip(names, times, words, strict=True)
    ]


@pytest.mark.parametrize(
    ("told", "tip"),
    [
        ("", ""),
        ("0a", "a"),
        ("0a ab bc", "c"),
        ("0a bc ab", "c"),  # the second came before the first
        ("bc ab 0a", "c"),
        ("0a ab ba", "a"),  # back again
        ("0a ab ba ab", "b"),
        ("0a a0", ""),
        ("0a a0 0b", "b"),
        ("0a cd", "d"),  # b was lost
        ("0a ?c", "c"),
        ("0a ?c ab bc", "c"),
        ("0a ?c bc ab", "c"),
        ("0a ?c cd ab bc", "d"),
        ("0a ?c ca", "a"),
        ("0a ?c ca ab", "b"),
        ("0a ?c c0 0d", "d"),
        ("0a ?c ab ?e bc cd", "e"),
        ("0a ?c de", "c"),  # d was lost; e is found when the host is asked
        ("0a ?c de ?e ef", "f"),
    ],
)
def test_the_newest_commit_is_known_in_any_order(told, tip):
    assert Branch(steps(*told.split())).tip == tip


def test_what_cannot_be_redelivered_any_more_is_no_older_push():
    branch = Branch(steps("0a", "?c"))
    found_at = NOW + timedelta(minutes=1)
    assert branch.is_overtaken(RefUpdate("d", "e", found_at + REDELIVERED_WITHIN))
    assert not branch.is_overtaken(RefUpdate("d", "e", found_at + REDELIVERED_WITHIN + DAY))


def test_of_what_led_away_from_a_commit_that_a_branch_held_twice_the_host_says_which_came_first():
    told = [("0", "a", 1), ("a", "b", 3), ("c", "a", 5)]
    moments = [(one, two, NOW + seconds * timedelta(seconds=1)) for one, two, seconds in told]
    branch = Branch(RefUpdate(one, two, moment, pushed_at=moment) for one, two, moment in moments)
    for seconds, is_overtaken in ((2, True), (6, False)):
        moment = NOW + seconds * timedelta(seconds=1)
        assert branch.is_overtaken(RefUpdate("a", ZEROS, moment, pushed_at=moment)) == is_overtaken


def test_what_it_holds_it_may_hold_though_it_is_announced_later_with_an_earlier_time():
    found_at, pushed_at = NOW + timedelta(minutes=1), NOW + timedelta(seconds=10)
    branch = Branch([*steps("0a", "?c"), RefUpdate("b", "c", pushed_at, pushed_at=pushed_at)])
    assert branch.newest is not None
    assert branch.newest.found_at == found_at
    assert branch.may_hold("c")
    assert not branch.may_hold("b")
