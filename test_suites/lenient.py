"""What a test sets on the student's side when it is about something else: one slip costs the checks of just that slip.

Always true: nothing here is a check; what is read or set another way is charged where a test asks for just that.
"""

from typing import Any

import numpy as np


def set_weight(layer: Any, weight: np.ndarray) -> None:
    """Let a layer's weight hold (in, out) numbers, or their transpose where the layer keeps (out, in).

    A square weight is set as it is; a plain array in the place of the Tensor is replaced by one.
    """
    if type(layer.weight).__name__ == "ndarray":
        layer.weight = weight
        return
    turned = tuple(layer.weight.shape) == weight.shape[::-1] != weight.shape
    layer.weight.data = np.ascontiguousarray(weight.T) if turned else weight


def weight_of(layer: Any) -> Any:
    """Return the numbers of a layer's weight, be it a Tensor or a plain array."""
    return layer.weight if type(layer.weight).__name__ == "ndarray" else layer.weight.data
