"""The cosine schedule: its formula, its end and its defaults.

Always true: rates are compared to a relative 1e-6, since the cosine is worked out in float64.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.training import CosineSchedule


def cosine(max_lr, min_lr, total_epochs):
    """The promised rate of every epoch before the end."""
    epochs = np.arange(total_epochs)
    return min_lr + (max_lr - min_lr) * (1 + np.cos(np.pi * epochs / total_epochs)) / 2


@pytest.mark.parametrize(("max_lr", "min_lr", "total_epochs"), [(0.1, 0.01, 100), (0.5, 0.0, 7), (3.0, 1.0, 2)])
@number("1.1")
@weight(5)
def test_follows_the_cosine(max_lr, min_lr, total_epochs):
    """Every epoch's learning rate lies on the cosine from max_lr down to min_lr."""
    schedule = CosineSchedule(max_lr=max_lr, min_lr=min_lr, total_epochs=total_epochs)
    got = [schedule.get_lr(epoch) for epoch in range(total_epochs)]
    call = f"CosineSchedule({max_lr}, {min_lr}, {total_epochs}).get_lr(0 ... {total_epochs - 1})"
    hint = "min_lr + (max_lr - min_lr) * (1 + cos(pi * epoch / total_epochs)) / 2"
    assert_close(got, cosine(max_lr, min_lr, total_epochs), rtol=1e-6, atol=0, call=call, hint=hint)


@number("1.2")
@weight(2)
def test_stays_at_the_minimum():
    """From total_epochs on the learning rate is exactly min_lr."""
    schedule = CosineSchedule(max_lr=0.3, min_lr=0.07, total_epochs=10)
    assert_close(schedule.get_lr(5), 0.185, rtol=1e-6, atol=0, call="get_lr(5)", hint="Half-way, the mean of both.")
    got = [schedule.get_lr(epoch) for epoch in (0, 10, 11, 15, 20, 1000)]
    hint = "Beyond the end the cosine would rise again: return min_lr for epoch >= total_epochs."
    assert_close(got[0], 0.3, rtol=1e-6, atol=0, call="get_lr(0)", hint="The first epoch has max_lr.")
    assert_close(got[1:], [0.07] * 5, rtol=0, atol=0, call="get_lr(10), (11), (15), (20), (1000)", hint=hint)


@number("1.3")
@weight(1)
def test_default_schedule():
    """Without arguments the rate falls from 0.1 to 0.01 over 100 epochs, kept as attributes."""
    schedule = CosineSchedule()
    assert_close(
        schedule.get_lr(50), 0.055, rtol=1e-6, atol=0, call="CosineSchedule().get_lr(50)", hint="Half-way down."
    )
    got = {name: getattr(schedule, name) for name in ("max_lr", "min_lr", "total_epochs")}
    want = {"max_lr": 0.1, "min_lr": 0.01, "total_epochs": 100}
    assert_equal(got, want, call="the settings of CosineSchedule()", hint="Keep the three arguments as attributes.")


@number("1.4")
@weight(1)
@visibility("hidden")
def test_falls_in_any_order_of_questions():
    """The rate never rises, and the schedule answers epochs in any order: it keeps no state."""
    schedule = CosineSchedule(max_lr=1.0, min_lr=0.1, total_epochs=20)
    backwards = [schedule.get_lr(epoch) for epoch in range(24, -1, -1)]
    call = "signs of the changes of get_lr(24), get_lr(23), ..., get_lr(0)"
    hint = "Work the rate out from the argument alone; it falls strictly before the end and stays put after it."
    assert_close(np.sign(np.diff(backwards)), [0] * 4 + [1] * 20, rtol=0, atol=0, call=call, hint=hint)


@number("1.5")
@weight(1)
@visibility("hidden")
def test_schedule_without_epochs():
    """A schedule over 0 epochs is at its end at once, and one over 4 epochs is half-way at epoch 2."""
    got = [CosineSchedule(0.1, 0.02, 0).get_lr(0), CosineSchedule(0.1, 0.02, 4).get_lr(2)]
    hint = "Compare epoch with total_epochs before dividing by it."
    assert_close(got[0], 0.02, rtol=0, atol=0, call="CosineSchedule(0.1, 0.02, 0).get_lr(0)", hint=hint)
    assert_close(got[1], 0.06, rtol=1e-6, atol=0, call="CosineSchedule(0.1, 0.02, 4).get_lr(2)", hint=hint)
