"""Strict, without points: ranges that do not contain 0.

The course's own rule clips the zero point of such a range, and with it the numbers at one end. Widening the range to contain
0 first costs some levels and loses nothing else.
"""

import numpy as np
import pytest
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import quantize_int8


@number("40")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize(("low", "high"), [(1, 6), (100, 101), (-7, -2)])
def test_ranges_without_zero_are_restored(rng, low, high):
    """Strict, without points: numbers between 1 and 6, 100 and 101, or -7 and -2 err by half a step at most."""
    x = np.append(rng.uniform(low, high, 50), [low, high]).astype(np.float32)
    q, scale, zero_point = quantize_int8(Tensor(x))
    back = (q.data.astype(np.float64) - zero_point) * scale
    step = max(abs(low), abs(high)) / 255
    hint = "Widen the range first: lo = min(lo, 0), hi = max(hi, 0)."
    assert_close(back, x, rtol=0, atol=0.51 * step, call="(q - zero_point) * scale", given={"x": x}, hint=hint)
