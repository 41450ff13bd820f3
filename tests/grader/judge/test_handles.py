"""The table of handles: what nobody holds is given back, once, and what is held stays the same object."""

import pytest

from grader.judge.channel.handles import Handles


class Thing:
    """What stands for an object."""


def test_an_object_is_the_same_as_long_as_it_is_held_and_given_back_after_that() -> None:
    told: list[None] = []
    handles = Handles(lambda: told.append(None))
    thing = Thing()
    handles.hold(0, thing)
    assert handles[0] is thing
    del thing
    assert handles[0] is None
    assert len(told) == 1
    assert handles.take_given_back() == [0]
    assert handles.take_given_back() == []


def test_one_that_is_told_of_again_before_it_was_given_back_is_held_anew() -> None:
    handles = Handles(lambda: None)
    handles.hold(0, Thing())
    thing = Thing()
    handles.hold(0, thing)
    assert handles[0] is thing
    assert handles.take_given_back() == []


def test_one_that_was_given_back_is_no_objects_any_more() -> None:
    handles = Handles(lambda: None)
    handles.hold(0, Thing())
    handles.take_given_back()
    with pytest.raises(ValueError, match="not in list"):
        handles.hold(0, Thing())


def test_what_is_kept_is_never_given_back() -> None:
    handles = Handles(lambda: None)
    handles.keep(Thing())
    assert isinstance(handles[0], Thing)
    assert handles.take_given_back() == []
