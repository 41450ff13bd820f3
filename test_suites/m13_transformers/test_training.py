"""A GPT learns a text: the loss falls, and with true attention it falls to almost nothing.

Always true: training runs beside the student's code in one piece, with an Adam and a cross-entropy that the test brings along,
so that no other module is part of it; only the losses come back.
"""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT


@in_candidate
def cross_entropy(logits, targets):
    """Return the mean loss and the gradient that it sends back to logits (1, T, V)."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    shares = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
    rows = np.arange(len(targets))
    loss = -np.log(np.maximum(shares[0, rows, targets], 1e-30)).mean()
    shares[0, rows, targets] -= 1
    return float(loss), (shares / len(targets)).astype(np.float32)


@in_candidate
def as_array(gradient):
    return gradient.data if isinstance(gradient, Tensor) else gradient


@in_candidate
def train(arrays, heads, max_seq_len, texts, steps, lr, enough=0.0):
    """Train a GPT on the texts in turn, by Adam with gradients clipped to a norm of 1, until the loss is below `enough`."""
    model = GPT(arrays[0].shape[0], arrays[0].shape[1], (len(arrays) - 5) // 16, heads, max_seq_len=max_seq_len)
    params = model.parameters()
    for param, array in zip(params, arrays, strict=True):
        param.data = array.copy()
    moments = [(np.zeros(a.shape), np.zeros(a.shape)) for a in arrays]
    losses = []
    for step in range(1, steps + 1):
        text = texts[step % len(texts)]
        for param in params:
            param.grad = None
        logits = model(Tensor(text[None, :-1]))
        loss, gradient = cross_entropy(logits.data, text[1:])
        losses.append(loss)
        if loss < enough:
            break
        logits.backward(gradient)
        gradients = [np.zeros(p.shape) if p.grad is None else as_array(p.grad).astype(np.float64) for p in params]
        norm = np.sqrt(sum((g**2).sum() for g in gradients))
        for param, g, (m, v) in zip(params, gradients, moments, strict=True):
            g = g * min(1.0, 1.0 / max(norm, 1e-12))
            m += 0.1 * (g - m)
            v += 0.001 * (g**2 - v)
            change = lr * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
            param.data = (param.data - change).astype(np.float32)
    return losses


def draw_parameters(rng, vocabulary, width, layers, length):
    """Draw parameters in the order of GPT.parameters(), weights of the size that Linear gives them."""

    def matrix(rows, columns):
        return ordinary(rng, rows, columns) / np.float32(np.sqrt(rows))

    def zeros(n):
        return np.zeros(n, dtype=np.float32)

    arrays = [ordinary(rng, vocabulary, width) / np.float32(4), ordinary(rng, length, width) / np.float32(4)]
    for _ in range(layers):
        for _ in range(4):
            arrays += [matrix(width, width), zeros(width)]
        arrays += [1 + zeros(width), zeros(width), 1 + zeros(width), zeros(width)]
        arrays += [matrix(width, 4 * width), zeros(4 * width), matrix(4 * width, width), zeros(width)]
    return [*arrays, 1 + zeros(width), zeros(width), matrix(width, vocabulary)]


@number("27.1")
@weight(3)
def test_the_loss_falls(rng):
    """Sixty steps of Adam on one short text lower the loss by 30 percent at least."""
    arrays, text = draw_parameters(rng, 12, 16, 1, 14), rng.integers(0, 12, 13)
    losses = train(arrays, 2, 14, [text], 60, 0.01)
    first, last = losses[0], float(np.mean(losses[-5:]))
    hint = "Gradients must reach all parameters, and each forward pass must use them as they are."
    assert first > 0.5, f"The loss of a model that knows nothing must be far above 0, got {first:.3f}."
    assert last < 0.7 * first, f"The loss was {first:.3f} and is {last:.3f} after 60 steps. {hint}"


@number("27.2 (S)")
@weight(0)
@visibility("hidden")
def test_two_texts_are_learned_by_heart(rng):
    """Not graded: two texts of 30 tokens are known by heart within 250 steps, which takes true attention."""
    arrays, texts = draw_parameters(rng, 20, 32, 1, 30), [rng.integers(0, 20, 31) for _ in range(2)]
    losses = train(arrays, 4, 30, texts, 250, 0.003, enough=0.1)
    least = min(losses)
    hint = "Even averages of the past take twice as many steps: give attention a mask of 1 and 0."
    assert least < 0.1, f"The loss must fall below 0.1 within 250 steps, it reached {least:.3f}. {hint}"
