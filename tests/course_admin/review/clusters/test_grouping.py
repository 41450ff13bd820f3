"""Grouping: a pure function of who has which signatures."""

import random

from course_admin.review.clusters.grouping import group
from tests.course_admin.review.clusters.measure import adjusted_rand

APART = {number: number for number in range(100)}  # each signature of a test of its own


def groups(profiles: dict, tests: dict = APART) -> list[tuple[str, set]]:
    found = group({name: frozenset(mine) for name, mine in profiles.items()}, tests)
    return [("".join(sorted(each.students)), set(each.core)) for each in found]


def test_students_of_one_mistake_are_one_group_whichever_of_its_tests_fail():
    assert groups({"a": {1, 2, 3}, "b": {1, 2, 3}, "c": {1, 2}, "d": {1, 2, 3, 4}, "e": {9}}) == [
        ("abcd", {1, 2, 3}),
        ("e", {9}),
    ]


def test_mistakes_that_share_a_test_stay_apart():
    assert groups({"a": {1, 2}, "b": {1, 2}, "c": {2, 3}, "d": {2, 3}}) == [("ab", {1, 2}), ("cd", {2, 3})]


def test_a_test_that_fails_at_another_of_its_assertions_splits_no_group():
    profiles = {"a": {1, 2, 3}, "b": {1, 2, 3}, "c": {1, 2, 4}, "d": {1, 2, 4}}
    assert [students for students, _ in groups(profiles)] == ["ab", "cd"]
    assert [students for students, _ in groups(profiles, {**APART, 4: 3})] == ["abcd"]


def test_mistakes_that_fail_most_of_their_tests_in_other_ways_stay_apart():
    """An activation that overwrites its input, and one that returns it, fail the same two tests: one alike, one not."""
    profiles = {"a": {1, 2}, "b": {1, 2}, "c": {1, 3}, "d": {1, 3}}
    assert [students for students, _ in groups(profiles, {**APART, 3: 2})] == ["ab", "cd"]


def test_who_made_two_mistakes_is_in_both_groups():
    found = groups({"a": {1, 2}, "b": {1, 2}, "c": {5, 6, 7}, "d": {5, 6, 7}, "e": {1, 2, 5, 6, 7}})
    assert found == [("abe", {1, 2}), ("cde", {5, 6, 7})]


def test_a_rare_set_is_a_mistake_with_luck_or_with_one_more_and_a_frequent_one_its_own():
    many = {f"a{number}": {1, 2} for number in range(10)}
    assert len(groups({**many, "lucky": {1}, "unlucky": {1, 2, 3, 4}})) == 1
    assert len(groups({**many, **{f"b{number}": {1} for number in range(5)}})) == 2


def test_a_frequent_single_failure_draws_in_nobody_who_fails_much_besides():
    single = {f"a{number}": {1} for number in range(20)}
    much = {f"b{number}": {1, *range(10, 30)} - {10 + number} for number in range(4)}
    assert [students for students, _ in groups({**single, **much})][1] == "b0b1b2b3"


def test_who_failed_nothing_is_in_no_group():
    assert groups({"a": set(), "b": {1}}) == [("b", {1})]
    assert groups({}) == []


def test_the_order_of_the_roster_changes_nothing():
    profiles = {number: frozenset({number % 4, 10 + number % 7, 20 + number % 4}) for number in range(60)}
    shuffled = list(profiles.items())
    random.Random(4).shuffle(shuffled)
    assert {each.core: set(each.students) for each in group(profiles, APART)} == {
        each.core: set(each.students) for each in group(dict(shuffled), APART)
    }


def test_those_who_show_a_mistake_best_come_first():
    profiles = {"worst": frozenset({1, 2, 3, 4}), "best": frozenset({1, 2, 3}), "also": frozenset({1, 2, 3})}
    (found,) = group(profiles, APART)
    assert found.students[-1] == "worst"


def test_the_index_knows_equal_and_unrelated_partitions():
    assert adjusted_rand([1, 1, 2, 2], ["a", "a", "b", "b"]) == 1.0
    assert abs(adjusted_rand([1, 1, 2, 2], ["a", "b", "a", "b"])) <= 0.5
    # Hubert and Arabie 1985: pairs 3 of the 6 together in both, by hand
    assert round(adjusted_rand([1, 1, 1, 2, 2, 2], [1, 1, 2, 2, 3, 3]), 4) == 0.2424


def test_what_nearly_everybody_fails_besides_tells_no_mistake_from_another():
    """A test that is unfair to all would make one group of them."""
    unfair = {20, 21}
    profiles = {f"{name}{number}": unfair | {place} for place, name in enumerate("abc") for number in range(5)}
    profiles |= {"lucky": unfair, "a9": {0, 20}}
    found = [students for students, _ in groups(profiles)]
    assert sorted(found) == ["a0a1a2a3a4a9", "b0b1b2b3b4", "c0c1c2c3c4", "lucky"]


def test_what_nearly_everybody_fails_is_their_mistake_if_it_is_all_that_they_fail():
    profiles = {f"a{number}": {1, 2, 3} for number in range(9)} | {"b": {1, 2, 3, 9}}
    assert [len(core) for _, core in groups(profiles)] == [3]
