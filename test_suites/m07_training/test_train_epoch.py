"""One epoch of training: a linear model with MSE and SGD, against the same epoch written in NumPy.

Always true: gradients of the expected epoch come from the formula 2 / N * X^T (X W + b - y), in float64; five batches,
one of them smaller than the others. rtol 1e-4 leaves room for float32 sums.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import as_float, one_number
from marks import in_candidate
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer


@pytest.fixture(autouse=True)
def autograd():
    """Load autograd: without it backward() does nothing and no model learns."""
    enable_autograd(quiet=True)


SIZES = [4, 4, 2, 4, 3]
LR = 0.1


class Problem:
    """Random data in batches, random parameters, and what training on them must give."""

    def __init__(self, rng, sizes=SIZES):
        self.inputs = [ordinary(rng, size, 3) for size in sizes]
        self.targets = [ordinary(rng, size, 2) for size in sizes]
        self.weight, self.bias = ordinary(rng, 3, 2), ordinary(rng, 2)

    def batches(self):
        return [(Tensor(x), Tensor(y)) for x, y in zip(self.inputs, self.targets, strict=True)]

    def trainer(self, lr=LR, **options):
        model = Linear(3, 2)
        model.weight.data, model.bias.data = self.weight.copy(), self.bias.copy()
        return Trainer(model, SGD(model.parameters(), lr=lr), MSELoss(), **options)

    def expected(self, epochs=1, lr=LR):
        """Return weight, bias and the losses of all batches, one row for each epoch."""
        W, b, losses = self.weight.astype(np.float64), self.bias.astype(np.float64), []
        for _ in range(epochs):
            losses.append([])
            for x, y in zip(self.inputs, self.targets, strict=True):
                error = x @ W + b - y  # (N, 2)
                losses[-1].append((error**2).mean())
                W = W - lr * x.T @ error * (2 / error.size)
                b = b - lr * error.sum(axis=0) * (2 / error.size)
        return W, b, np.array(losses)


def assert_near(got, want, call, hint):
    __tracebackhide__ = True
    assert_close(got, want, rtol=1e-4, atol=1e-5, call=call, hint=hint)


@pytest.mark.parametrize("name", ["weight", "bias"])
@number("5.1")
@weight(6)
def test_epoch_trains_the_parameters(name, rng):
    """One epoch moves weight and bias as five steps of gradient descent do, one for each batch."""
    problem = Problem(rng)
    trainer = problem.trainer()
    trainer.train_epoch(problem.batches())
    want = dict(zip(("weight", "bias"), problem.expected(), strict=False))[name]
    hint = "For each batch: forward, loss, backward, step, zero_grad, in this order."
    assert_near(getattr(trainer.model, name).data, want, f"model.{name} after train_epoch of 5 batches", hint)


@number("5.2")
@weight(5)
def test_epoch_returns_the_mean_loss(rng):
    """train_epoch returns the mean of the batch losses, each taken before its step."""
    problem = Problem(rng)
    got = one_number(problem.trainer(lr=0.0).train_epoch(problem.batches()))
    want = problem.expected(lr=0.0)[2].mean()
    assert_near(got, want, "train_epoch of 5 batches with lr 0", "Add up the batch losses, divide by their number.")
    moving = one_number(
        problem.trainer().train_epoch(problem.batches()[:1])
    )  # where the step leads is the matter of other checks
    hint = "The loss of a batch is the one that was used for backward()."
    assert_near(moving, problem.expected()[2][0, 0], "train_epoch of 1 batch with lr 0.1", hint)


@number("6.1")
@weight(1)
def test_epoch_leaves_no_gradients(rng):
    """After an epoch the parameters have moved and no gradient is left."""
    problem = Problem(rng)
    trainer = problem.trainer()
    trainer.train_epoch(problem.batches())
    moved = np.sign(np.abs(trainer.model.weight.data - problem.weight))
    assert_close(moved, np.ones((3, 2)), rtol=0, atol=0, call="whether train_epoch moves every weight")
    for param in (trainer.model.weight, trainer.model.bias):
        assert param.grad is None, "After the last batch too, optimizer.zero_grad() should have set every grad to None."


@number("6.2")
@weight(2)
def test_epoch_is_counted(rng):
    """A Trainer starts at epoch 0 and step 0; an epoch of 5 batches makes that 1 and 5."""
    problem = Problem(rng)
    trainer = problem.trainer()
    counts = [(trainer.epoch, trainer.step)]
    for _ in range(2):
        trainer.train_epoch(problem.batches())
        counts.append((trainer.epoch, trainer.step))
    hint = "Raise step with every optimizer step, epoch at the end of train_epoch."
    assert_equal(counts, [(0, 0), (1, 5), (2, 10)], call="(epoch, step) of a Trainer over two epochs", hint=hint)


@number("6.3")
@weight(1)
def test_history_holds_the_returned_losses(rng):
    """history starts empty and gains what each train_epoch returns, as plain numbers."""
    problem = Problem(rng)
    trainer = problem.trainer()
    empty = {"train_loss": [], "eval_loss": [], "learning_rates": []}
    assert_equal(trainer.history, empty, call="Trainer(...).history", hint="Three lists, empty at first.")
    returned = [trainer.train_epoch(problem.batches()) for _ in range(2)]
    kinds = [type(value).__name__ in ("float", "float32", "float64") for value in returned]
    assert_equal(kinds, [True, True], call="train_epoch returns a number", hint="float(loss.data), not the Tensor.")
    hint = "Append the mean loss once per epoch."
    assert_close(trainer.history["train_loss"], returned, call='history["train_loss"] after two epochs', hint=hint)
    assert_equal([loss > 0 for loss in returned], [True, True], call="two mean losses are above 0", hint=hint)


@number("6.4")
@weight(1)
@visibility("hidden")
def test_second_epoch_starts_clean(rng):
    """A second epoch goes on from the first with nothing left over from its batches."""
    problem = Problem(rng)
    trainer = problem.trainer()
    for _ in range(2):
        trainer.train_epoch(problem.batches())
    W, b, _ = problem.expected(epochs=2)
    hint = "Gradients of earlier batches must be forgotten before the next backward()."
    assert_near(trainer.model.weight.data, W, "model.weight after two epochs", hint)
    assert_near(trainer.model.bias.data, b, "model.bias after two epochs", hint)


@in_candidate
def record_flags(inputs, targets, start, lr):
    """Train and evaluate a model that is nothing but forward and parameters, and notes `training` at each forward."""

    class Noting:
        def __init__(self):
            self.W = Tensor(start, requires_grad=True)
            self.training = 0.5  # neither
            self.seen = []

        def forward(self, x):
            self.seen.append(self.training)
            return x.matmul(self.W)

        def parameters(self):
            return [self.W]

    model = Noting()
    trainer = Trainer(model, SGD(model.parameters(), lr=lr), MSELoss())
    modes = [trainer.training_mode]
    batches = [(Tensor(x), Tensor(y)) for x, y in zip(inputs, targets, strict=True)]
    flags = []
    for run in (trainer.train_epoch, trainer.evaluate, trainer.train_epoch, trainer.evaluate):
        model.seen = []
        run(batches)
        flags.append([min(model.seen), max(model.seen)])
        modes.append(trainer.training_mode)
    return {"flags": flags, "modes": modes, "left": model.training}


@number("7.1")
@weight(3)
def test_model_knows_whether_it_is_trained(rng):
    """model.training is True in every forward of train_epoch and False in every forward of evaluate."""
    problem = Problem(rng, sizes=[3, 3])
    got = record_flags(problem.inputs, problem.targets, problem.weight, LR)
    hint = "Set model.training and self.training_mode at the start of train_epoch and of evaluate; use model.forward."
    want = [[True, True], [False, False]] * 2
    call = "least and greatest model.training while training, evaluating, training, evaluating"
    assert_equal(got["flags"], want, call=call, hint=hint)
    assert_equal(got["left"], False, call="model.training after evaluate", hint=hint)
    assert_equal(got["modes"], [True, True, False, True, False], call="trainer.training_mode after each", hint=hint)


@number("14.1")
@weight(1)
@visibility("hidden")
def test_epoch_without_batches(rng):
    """An epoch without batches has the loss 0.0, and so has an evaluation; a full one afterwards works."""
    problem = Problem(rng)
    trainer = problem.trainer()
    hint = "Divide only if there was a batch."
    assert_close(trainer.train_epoch([]), 0.0, rtol=0, atol=0, call="train_epoch([])", hint=hint)
    assert_close(trainer.evaluate([]), (0.0, 0.0), rtol=0, atol=0, call="evaluate([])", hint=hint)
    trainer.train_epoch(problem.batches())
    moved = np.sign(np.abs(trainer.model.weight.data - problem.weight))
    assert_close(moved, np.ones((3, 2)), rtol=0, atol=0, call="whether a later train_epoch moves every weight")


@in_candidate
def train_on_iterator(trainer, batches):
    loss = trainer.train_epoch(batch for batch in batches)
    return {"weight": trainer.model.weight.data, "loss": as_float(loss)}


@number("14.2")
@weight(2)
@visibility("hidden")
def test_epoch_reads_an_iterator_once(rng):
    """The batches of an epoch may come from a generator, which can be read only once and has no length."""
    problem = Problem(rng)
    trainer = problem.trainer()
    got = train_on_iterator(trainer, problem.batches())
    control = problem.trainer()
    want = one_number(control.train_epoch(problem.batches()))
    hint = "Walk through the dataloader once, and count the batches as they come."
    moved = np.sign(np.abs(got["weight"] - problem.weight))
    assert_close(moved, np.ones((3, 2)), rtol=0, atol=0, call="whether training on a generator moves every weight")
    assert_close(got["weight"], control.model.weight.data, call="weight after a generator, against a list", hint=hint)
    assert_close(got["loss"], want, call="loss of an epoch over a generator, against a list", hint=hint)


@number("15.1")
@weight(2)
def test_learns_a_line(rng):
    """A hundred epochs find the parameters of y = 2 x1 - x2 + 0.5."""
    x = ordinary(rng, 32, 2)
    y = x @ np.array([[2.0], [-1.0]], dtype=np.float32) + np.float32(0.5)
    model = Linear(2, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss())
    for _ in range(100):
        trainer.train_epoch([(Tensor(x), Tensor(y))])
        model.weight.grad = model.bias.grad = None  # whether anything is left over is the matter of other checks
    hint = "If nothing moves, look at the order: backward, step, zero_grad."
    assert_close(model.weight.data, [[2.0], [-1.0]], rtol=0, atol=0.1, call="weight after 100 epochs", hint=hint)
    assert_close(model.bias.data, [0.5], rtol=0, atol=0.1, call="bias after 100 epochs", hint=hint)
