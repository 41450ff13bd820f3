"""Python: a class with a constructor, a property and methods (25 points)."""

import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight
from marks import in_candidate
from readiness import Counter


@number("1.1")
@weight(3)
@tags("python")
@pytest.mark.parametrize("start", [0, 12, -3])
def test_counter_begins_where_it_is_told(start):
    """A counter begins at start, and can be read and counted on from there."""
    counter = Counter(start)
    assert_equal(counter.value, start, call=f"Counter({start}).value", hint="Keep start on the instance: self....")
    counter.increment(2)
    assert_equal(counter.value, start + 2, call=f"Counter({start}), then increment(2), then value")


@number("1.1")
@weight(1)
@tags("python")
def test_counter_begins_at_zero_by_default():
    """Counter() begins at 0, Counter(start=4) at 4."""
    found = [Counter().value, Counter(start=4).value]
    assert_equal(found, [0, 4], call="[Counter().value, Counter(start=4).value]", hint="Give start the default 0.")


@number("1.2")
@weight(4)
@tags("python")
def test_increment_returns_the_new_value(rng):
    """increment(by) returns the value after counting."""
    steps = [int(step) for step in rng.integers(1, 50, 5)]
    counter = Counter(10)
    found = [counter.increment(step) for step in steps]
    expected = [10 + sum(steps[: i + 1]) for i in range(len(steps))]
    hint = "A method without a return statement gives None: return the new value."
    assert_equal(found, expected, call=f"Counter(10).increment for each of {steps}", hint=hint)


@number("1.2")
@weight(2)
@tags("python")
def test_increment_counts_by_one_by_default():
    """increment() counts by 1."""
    counter = Counter(5)
    counter.increment()
    counter.increment(by=3)
    counter.increment()
    call = "Counter(5): increment(), increment(by=3), increment(), then value"
    assert_equal(counter.value, 10, call=call, hint="Give by the default 1, and use it when it is given.")


@number("1.2")
@weight(1)
@tags("python")
@visibility("hidden")
def test_increment_by_zero_changes_nothing():
    """increment(0) is allowed and changes nothing."""
    counter = Counter(7)
    counter.increment(0)
    unchanged = counter.value
    counter.increment(1)
    call = "Counter(7): value after increment(0) and after increment(1)"
    assert_equal([unchanged, counter.value], [7, 8], call=call, hint="Only a negative by is refused.")


@number("1.3")
@weight(3)
@tags("python")
@visibility("hidden")
def test_value_follows_every_change(rng):
    """value gives the present number after each increment and reset."""
    first, second = (int(step) for step in rng.integers(1, 90, 2))
    counter = Counter(1)
    found = []
    for change in (lambda: counter.increment(first), lambda: counter.increment(second), counter.reset):
        change()
        found.append(counter.value)
    call = f"value after increment({first}), increment({second}), reset()"
    hint = "Let value read the number that increment and reset change."
    assert_equal(found, [1 + first, 1 + first + second, 1], call=call, hint=hint)


@in_candidate
def value_and_kind():
    """Return a counter's value, and whether the class defines it by @property."""
    counter = Counter(3)
    counter.increment(4)
    return counter.value, isinstance(getattr(Counter, "value", None), property)


@number("1.3")
@weight(2)
@tags("python")
def test_value_is_a_property():
    """value is a property: read without parentheses, computed by a method."""
    value, is_property = value_and_kind()
    assert_equal(value, 7, call="Counter(3), then increment(4), then value")
    assert_equal(is_property, True, call="isinstance(Counter.value, property)", hint="Write @property above def value.")


@number("1.4")
@weight(4)
@tags("python")
def test_counters_do_not_share_their_number():
    """Counting on one counter leaves the others alone."""
    one, other = Counter(), Counter(100)
    one.increment(5)
    other.increment(20)
    one.increment(1)
    found = [one.value, other.value]
    hint = "A number kept on the class is shared by all its instances: keep it on self."
    assert_equal(found, [6, 120], call="two counters, counted in turn", hint=hint)


@number("1.5")
@weight(2)
@tags("python")
@pytest.mark.parametrize("start", [0, 8])
def test_reset_goes_back_to_start(start):
    """reset() goes back to where this counter began, which need not be 0."""
    counter = Counter(start)
    counter.increment(30)
    counted = counter.value
    counter.reset()
    call = f"Counter({start}): value after increment(30) and after reset()"
    hint = "Remember start when the counter is made, and give it back here."
    assert_equal([counted, counter.value], [start + 30, start], call=call, hint=hint)


@number("1.5")
@weight(1)
@tags("python")
@visibility("hidden")
def test_counting_goes_on_after_a_reset():
    """After reset() counting starts over, a second time too."""
    counter = Counter(2)
    found = []
    for step in (5, 6):
        counter.increment(step)
        counter.reset()
        counter.increment()
        found.append(counter.value)
    assert_equal(found, [3, 3], call="Counter(2): increment, reset, increment(), value, twice over")


@number("1.6")
@weight(2)
@tags("python")
@visibility("hidden")
def test_negative_steps_are_refused():
    """increment(-1) raises ValueError; increment(1) still counts."""
    counter = Counter(10)
    with pytest.raises(ValueError):  # noqa: PT011  its words are the student's
        counter.increment(-1)
    counter.increment(1)
    hint = "Check by before you change anything, and raise ValueError."
    assert_equal(counter.value, 11, call="Counter(10): a refused increment(-1), increment(1), value", hint=hint)
