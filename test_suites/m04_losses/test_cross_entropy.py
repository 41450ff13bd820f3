"""CrossEntropyLoss: minus the log-softmax of the right class, averaged over the samples.

Every expected value is computed here in float64 from the float32 inputs, or worked out by hand. N samples, C classes.
"""

import numpy as np
import pytest
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import one_number
from right_log_softmax import log_softmax_is_right  # noqa: F401  of every test here
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.tensor import Tensor

# A mean of a few logarithms, each within a few float32 roundings.
FLOAT32 = {"rtol": 1e-5, "atol": 1e-5}

VALUE_HINT = (
    "Take log_softmax(logits), pick one entry of every row, [row, target of that row], and average minus those."
)
STABLE_HINT = "Work with log_softmax and add no epsilon: the log of a finished softmax stops near 16, or is infinite."


def draw(rng, n, c):
    """Draw logits (N, C) and targets (N,) that use several classes; the first sample's is never the one of the largest logit."""
    logits, targets = (2 * rng.standard_normal((n, c))).astype(np.float32), rng.permutation(np.arange(n) % c)
    targets[0] = logits[0].argmin()
    return logits, targets.astype(np.float32)


def cross_entropy(logits, targets):
    x = logits.astype(np.float64)
    m = x.max(axis=1)
    log_sums = m + np.log(np.exp(x - m[:, None]).sum(axis=1))  # (N,)
    return np.mean(log_sums - x[np.arange(len(x)), targets.astype(int)])


def factor(rng, n, c):
    """Return by what a loss of other logits is too large, 1 where that is no number: the checks of values charge it."""
    x, y = draw(rng, n, c)
    got = one_number(CrossEntropyLoss()(Tensor(x), Tensor(y)))
    is_number = np.ndim(got) == 0 and not isinstance(got, str) and got is not None and np.isfinite(got) and got != 0
    times = got / cross_entropy(x, y) if is_number else 1.0
    return 1.0 if np.isclose(times, 1, rtol=1e-4) else times


@number("4.6")
@weight(4)
def test_cross_entropy_values(rng):
    """Cross-entropy of 6 samples and 5 classes is the mean of minus the right classes' log-softmax."""
    x, y = draw(rng, 6, 5)
    loss = CrossEntropyLoss()(Tensor(x), Tensor(y))
    given = {"logits": x, "targets": y}
    call = "CrossEntropyLoss()(logits, targets)"
    assert_close(one_number(loss), cross_entropy(x, y), **FLOAT32, call=call, given=given, hint=VALUE_HINT)


@number("4.6")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize(("n", "c"), [(1, 4), (3, 3), (11, 2), (4, 30)])
def test_cross_entropy_of_other_batches(rng, n, c):
    """Cross-entropy is right for one sample, for as many samples as classes, and for many classes."""
    x, y = draw(rng, n, c)
    loss = CrossEntropyLoss()(Tensor(x), Tensor(y))
    given = {"logits": x, "targets": y}
    call = "CrossEntropyLoss()(logits, targets)"
    assert_close(one_number(loss), cross_entropy(x, y), **FLOAT32, call=call, given=given, hint=VALUE_HINT)


@number("4.6")
@weight(2)
def test_cross_entropy_by_hand():
    """Cross-entropy of [[1, 2, 3], [1, 1, 1]] with targets [0, 1] is (log(1 + e + e^2) + log 3) / 2."""
    loss = CrossEntropyLoss()(Tensor([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]]), Tensor([0, 1]))
    want = (np.log(1 + np.e + np.e**2) + np.log(3)) / 2
    assert_close(
        one_number(loss), want, **FLOAT32, call="CrossEntropyLoss()([[1, 2, 3], [1, 1, 1]], [0, 1])", hint=VALUE_HINT
    )


@number("4.6")
@weight(2)
@pytest.mark.parametrize("c", [2, 3, 10, 100])
def test_equal_logits_cost_the_log_of_the_class_count(rng, c):
    """With C equal logits the loss is log C, whatever the target."""
    x = np.repeat(rng.standard_normal((4, 1), dtype=np.float32), c, axis=1)
    y = rng.integers(0, c, 4).astype(np.float32)
    sure = CrossEntropyLoss()(Tensor([[0.0, 2.0]]), Tensor([1.0]))
    want = factor(rng, 1, 2) * np.log1p(np.exp(-2.0))
    assert_close(one_number(sure), want, **FLOAT32, call="CrossEntropyLoss()([[0, 2]], [1])", hint=VALUE_HINT)
    loss = CrossEntropyLoss()(Tensor(x), Tensor(y))
    hint = "Every class then has probability 1/C, and -log(1/C) = log C."
    call = f"CrossEntropyLoss()(logits all equal, targets), C = {c}"
    want = factor(rng, 4, c) * np.log(c)
    assert_close(one_number(loss), want, **FLOAT32, call=call, given={"logits": x, "targets": y}, hint=hint)


@number("4.6")
@weight(1)
@visibility("hidden")
def test_a_single_class_costs_nothing(rng):
    """With one class the loss is 0; adding a second, equal class makes it log 2."""
    x = rng.standard_normal((5, 1), dtype=np.float32)
    y = np.zeros(5, dtype=np.float32)
    hint = "A lone class has probability 1, whatever its logit."
    one = CrossEntropyLoss()(Tensor(x), Tensor(y))
    assert_close(one_number(one), 0.0, **FLOAT32, call="CrossEntropyLoss()(logits of shape (5, 1), zeros)", hint=hint)
    two = CrossEntropyLoss()(Tensor(np.hstack([x, x])), Tensor(y))
    want = factor(rng, 5, 2) * np.log(2)
    assert_close(one_number(two), want, **FLOAT32, call="CrossEntropyLoss() with the column twice", hint=hint)


SURE = {
    "second_of_three": ([[1000.0, 0.0, -1000.0]], [1]),
    "last_of_three": ([[1000.0, 0.0, -1000.0]], [2]),
    "all_negative": ([[-1000.0, -1002.0]], [1]),
    "wrong_and_right": ([[1000.0, 0.0], [0.0, 1000.0]], [1, 1]),
    "ten_thousand": ([[0.0, 1e4]], [0]),
}


@number("4.7")
@weight(5)
@pytest.mark.parametrize(
    "case", ["second_of_three", "last_of_three", "all_negative", "wrong_and_right", "ten_thousand"]
)
def test_a_sure_mistake_has_its_exact_price(case, rng):
    """A target far below the largest logit costs exactly that distance: 1000, not 16 and not infinity."""
    x, y = (np.array(part, dtype=np.float32) for part in SURE[case])
    loss = CrossEntropyLoss()(Tensor(x), Tensor(y))
    call = f"CrossEntropyLoss()({x.tolist()}, {y.tolist()})"
    # One float32 rounding of 1000 is 6e-5 at most.
    want = factor(rng, *x.shape) * cross_entropy(x, y)
    assert_close(one_number(loss), want, rtol=1e-6, atol=1e-5, call=call, hint=STABLE_HINT)


@number("4.7")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("shift", [100.0, -100.0, 1000.0])
def test_shifting_all_logits_keeps_the_loss(rng, shift):
    """Adding 100 to every logit does not change the loss."""
    x, y = draw(rng, 6, 4)
    x = np.round(x * 64) / 64  # so that the shift is exact in float32
    loss = CrossEntropyLoss()(Tensor(x + np.float32(shift)), Tensor(y))
    call = f"CrossEntropyLoss()(logits + {shift}, targets)"
    given = {"logits": x, "targets": y}
    want = factor(rng, 6, 4) * cross_entropy(x, y)
    assert_close(one_number(loss), want, **FLOAT32, call=call, given=given, hint=STABLE_HINT)


@number("4.8")
@weight(1.5)
@visibility("hidden")
def test_the_order_of_the_batch_does_not_matter(rng):
    """Permuting samples and targets together keeps the loss; permuting targets alone changes it as it should."""
    x, y = draw(rng, 7, 4)
    order = rng.permutation(7)
    hint = "Row n belongs to target n: index with np.arange(N) and the targets together."
    for call, a, b in [("both permuted", x[order], y[order]), ("targets rolled", x, np.roll(y, 1))]:
        loss = CrossEntropyLoss()(Tensor(a), Tensor(b))
        given = {"logits": a, "targets": b}
        call = f"CrossEntropyLoss()(logits, targets), {call}"
        want = factor(rng, 7, 4) * cross_entropy(a, b)
        assert_close(one_number(loss), want, **FLOAT32, call=call, given=given, hint=hint)


@number("4.8")
@weight(1)
@pytest.mark.parametrize("kind", ["list", "array"])
def test_targets_may_be_written_as_floats(kind, rng):
    """Targets such as 2.0 name class 2: a Tensor holds nothing but float32."""
    targets = {"list": [2.0, 0.0], "array": np.array([2, 0])}[kind]
    x = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -3.0]], dtype=np.float32)
    loss = CrossEntropyLoss()(Tensor(x), Tensor(targets))
    hint = "Turn targets.data into integers with .astype(int) before indexing."
    want = factor(rng, 2, 3) * cross_entropy(x, np.array([2, 0]))
    assert_close(one_number(loss), want, **FLOAT32, call=f"CrossEntropyLoss()(logits, Tensor({targets}))", hint=hint)


@number("4.8")
@weight(1.5)
@pytest.mark.parametrize("wrong", [3.0, 7.0])
def test_a_class_that_does_not_exist_is_refused(rng, wrong):
    """A target of C or more raises IndexError; targets below C give the loss."""
    x, y = draw(rng, 4, 3)
    loss = CrossEntropyLoss()(Tensor(x), Tensor(y))
    given = {"logits": x, "targets": y}
    call = "CrossEntropyLoss()(logits, targets)"
    want = factor(rng, 4, 3) * cross_entropy(x, y)
    assert_close(one_number(loss), want, **FLOAT32, call=call, given=given, hint=VALUE_HINT)
    y[2] = wrong
    with pytest.raises(IndexError):
        CrossEntropyLoss()(Tensor(x), Tensor(y))
