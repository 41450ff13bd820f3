"""The way back from levels: dequantize_int8, and Quantizer.dequantize_tensor."""

import numpy as np
from arrays import whole
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import Quantizer, dequantize_int8


def values_of(q):
    """Return the numbers of a Tensor, or of a plain array instead of one."""
    return q if isinstance(q, np.ndarray) else q.data


@number("8.1")
@weight(3)
def test_dequantizing_subtracts_then_multiplies(rng):
    """dequantize_int8(q, scale, zero_point) is (q - zero_point) * scale, in float32."""
    for zero_point in (int(rng.integers(-100, -9)), int(rng.integers(9, 100))):
        q, scale = whole(rng, 6, low=-128, high=128), float(rng.uniform(0.01, 2))
        back = values_of(dequantize_int8(Tensor(q), scale, zero_point))
        given, hint = {"q": q, "scale": scale, "zero_point": zero_point}, "Subtract first: (q - zero_point) * scale."
        want = (q.astype(np.float64) - zero_point) * scale
        assert_close(back.ravel(), want, dtype=np.float32, call="dequantize_int8(q, ...)", given=given, hint=hint)


@number("8.2")
@weight(2)
@visibility("hidden")
def test_dequantizing_keeps_the_shape(rng):
    """The restored Tensor has the shape of q, and Quantizer.dequantize_tensor gives the same numbers."""
    scale = float(rng.uniform(0.01, 2))
    for shape in [(4,), (3, 5), (2, 3, 4)]:
        q = whole(rng, *shape, low=-128, high=128)
        back, also = dequantize_int8(Tensor(q), scale, 0), Quantizer.dequantize_tensor(Tensor(q), scale, 0)
        assert isinstance(back, Tensor), f"dequantize_int8 must return a Tensor, and it is a {type(back).__name__}."
        call = f"dequantize_int8(q, {scale:.3g}, 0)"
        assert_close(back.data, q * np.float64(scale), call=call, given={"q": q}, hint="(q - zero_point) * scale")
        assert_equal(values_of(also), back.data, call="Quantizer.dequantize_tensor, and dequantize_int8")
