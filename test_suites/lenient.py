"""What a test sets on the student's side when it is about something else: one slip costs the checks of just that slip.

Always true: nothing here is a check; what is read or set another way is charged where a test asks for just that.
"""

from builtins import type as kind_of  # of a value here: plain `type` asks the student's object for its class
from collections.abc import Callable
from typing import Any

import numpy as np
from asserts import assert_close, assert_differs, assert_equal, assert_shape
from marks import in_candidate


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


def weight_in_use(layer: Any, weight: np.ndarray, forward: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Set a layer's weight, and return the numbers (in, out) that it multiplies by: these, or where it keeps its first, those.

    forward: takes (N, in) numbers through the layer. First numbers count only if they are as spread as drawn ones:
    a layer that hands its input on multiplies by none.
    """
    first = weight_of(layer)
    set_weight(layer, weight)
    if not _are_numbers(first):
        return weight
    first = np.array(first.T if first.shape == weight.shape[::-1] != weight.shape else first)
    spread = 0.1 / np.sqrt(max(len(weight), 1))  # a tenth of what a weight's should be
    if first.shape != weight.shape or len(np.unique(first)) < first.size or np.median(abs(first)) < spread:
        return weight
    probe = np.linspace(-1.0, 1.0, 2 * len(weight), dtype=np.float32).reshape(2, -1)
    seen, bias = forward(probe), forward(np.zeros_like(probe))
    if not (_are_numbers(seen) and _are_numbers(bias) and seen.shape == bias.shape == (2, weight.shape[1])):
        return weight
    return first if np.allclose(seen - bias, probe @ first, atol=1e-4) else weight


def _are_numbers(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def require_it_multiplies(layer: Any, sizes: tuple[int, int], forward: Callable[[np.ndarray], Any], call: str) -> None:
    """Require a weight that can be set and a result that follows x, so that names and shapes alone are not enough."""
    weight = np.arange(1.0, 1 + sizes[0] * sizes[1], dtype=np.float32).reshape(sizes)
    set_weight(layer, weight)
    kept = np.sort(np.asarray(weight_of(layer)), axis=None)
    assert_close(kept, np.sort(weight, axis=None), rtol=0, atol=0, call=f"{call}.weight.data, once it was set")
    results = [forward(np.full((2, sizes[0]), x)) for x in (1.0, 2.0)]
    hint = "forward multiplies x by the weight."
    assert_differs(results[1], results[0], call=f"{call}.forward(x), after x was doubled", hint=hint)


def require_it_drops(layer: Any, tensor: Any, call: str) -> None:
    """Require that of many ones some become zeros while training, and others do not; how many is asked elsewhere.

    tensor: the student's class of Tensors.
    """
    out = layer(tensor(np.ones((40, 50), dtype=np.float32)), training=True).data
    hint = "While training, each element becomes 0 with probability p."
    assert_shape(out, (40, 50), call=call, hint=hint)
    zeros = out == 0
    assert_equal([bool(zeros.any()), bool(zeros.all())], [True, False], call=f"[any, all] zero in {call}", hint=hint)


def one_number(loss: Any) -> Any:
    """Return a loss's number, be it a Tensor of any shape that holds one number, an array, or a plain number."""
    is_plain = kind_of(loss) in (int, float, np.ndarray) or issubclass(kind_of(loss), np.generic)
    data = loss if is_plain else loss.data
    return data.reshape(()) if kind_of(data) is np.ndarray and data.size == 1 else data


@in_candidate
def as_float(value):
    """Return a number as Python's float, be it plain, of NumPy's, or in a Tensor."""
    return float(np.asarray(getattr(value, "data", value)).reshape(()))


@in_candidate
def gradient_as_read(optimizer, gradient):
    """Return a gradient as the array that it is, or as a Tensor where this kind of optimizer moves by Tensors alone."""
    for form in (np.asarray, None):
        try:
            tensor = type(optimizer.params[0])
            probe = tensor(np.ones(2), requires_grad=True)
            probe.grad = (form or tensor)(np.ones(2, dtype=np.float32))
            type(optimizer)([probe]).step()
            if np.all(np.asarray(probe.data) != 1):
                return (form or tensor)(gradient)
        except Exception:  # whatever a step makes of what it cannot read
            continue
    return gradient


def require_it_follows_gradients(optimizer_of: Any, tensor: Any, call: str) -> None:
    """Require that a gradient decides where a step leads, so that moving anywhere at all is not enough.

    Steps along opposite gradients must end apart, everywhere on the side that the gradient says, or everywhere on the other:
    which of them, how far, and what decay adds to both is asked elsewhere.
    optimizer_of: makes the optimizer of a list of parameters. tensor: the student's class of Tensors.
    """
    start, gradient, ends = np.linspace(-2.0, 2.0, 12), np.tile([1.0, -2.0, 3.0, 1.5, -1.0, -2.5], 2), []
    for sign in (1, -1):
        param = tensor(start, requires_grad=True)
        optimizer = optimizer_of([param])
        param.grad = gradient_as_read(optimizer, (sign * gradient).astype(np.float32))
        optimizer.step()
        ends.append(np.array(param.data))
    apart = np.sign(ends[0] - ends[1]) * np.sign(gradient)
    hint = "A step moves every parameter against the sign of its gradient."
    call = f"whether {call} leads elsewhere when its gradient is turned round"
    assert_equal(bool(np.all(apart == apart[0]) and apart[0] != 0), True, call=call, hint=hint)


@in_candidate
def backward_from(out, gradient):
    """Let a gradient arrive at a result: by backward(gradient), or weighing its elements where backward takes ones instead."""
    try:
        leaf = type(out)(np.zeros(2), requires_grad=True)
        leaf.backward(np.array([2.0, 3.0], dtype=np.float32))
        starts_from_ones = np.array_equal(leaf.grad, np.ones(2))
    except Exception:  # whatever backward makes of a leaf
        starts_from_ones = False
    if starts_from_ones:
        (out * type(out)(gradient)).sum().backward()
    else:
        out.backward(gradient)


@in_candidate
def hold(owner, **attributes):
    """Let attributes hold these values where they do not yet: a right object keeps whatever it has made of them by itself.

    A dictionary of the student's own kind is refilled; an attribute that cannot be set is computed, and asked elsewhere.
    """
    for name, value in attributes.items():
        held = getattr(owner, name, None)
        if type(held) is type(value) and held == value:
            continue
        try:
            if isinstance(value, dict) and isinstance(held, dict) and type(held) is not dict:
                held.clear()
                held.update(value)
            else:
                setattr(owner, name, value)
        except Exception:  # whatever its class makes of being set
            continue


@in_candidate
def set_position(cache, at):
    """Let a cache stand at a position, wherever it went; one that computes its position is advanced as far."""
    if cache.seq_pos == at:
        return
    try:
        cache.seq_pos = at
    except AttributeError:
        for _ in range(at - cache.seq_pos):
            cache.advance()


@in_candidate
def output_first(result, features):
    """Return attention's output and weights in this order, also of who returns them the other way round, or the output alone.

    features: how many the values have, and so the output. Which of the two comes first is the matter of a check of its own.
    """
    if not isinstance(result, (tuple, list)):
        return [result, None]
    widths = [tuple(getattr(part, "shape", ()))[-1:] for part in result]
    return list(result)[::-1] if len(result) == 2 and widths[0] != (features,) == widths[1] else list(result)
