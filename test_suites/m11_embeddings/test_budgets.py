"""What a lookup and a table of waves may cost, as a multiple of the reference's cost on the same machine (14 points).

Every row of a result is summed up with random weights, so that every number of it counts.
"""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.embeddings import Embedding, create_sinusoidal_embeddings
from tinytorch.core.tensor import Tensor

ROWS, WIDTH = 10_000, 128


def draw_lookup(rng):
    """Return a table, a batch of 32 sequences of 128 tokens, and weights to sum up a row."""
    return ordinary(rng, ROWS, WIDTH), rng.integers(0, ROWS, (32, 128)), ordinary(rng, WIDTH)


@in_candidate
def filled_layer(table, ids, weights):
    """Give, unmeasured, a layer the drawn table."""
    enable_autograd(quiet=True)
    layer = Embedding(len(table), table.shape[1])
    for name, value in list(
        vars(layer).items()
    ):  # one that reads a copy of its first table has paid for that elsewhere
        if np.shape(getattr(value, "data", None) if isinstance(value, Tensor) else value) == table.shape:
            setattr(layer, name, Tensor(table) if isinstance(value, Tensor) else table)
    layer.weight = Tensor(table, requires_grad=True)
    return layer, Tensor(ids), weights


@in_candidate
def look_up(state):
    layer, ids, weights = state
    rows = layer(ids).data.reshape(*ids.data.shape, -1)  # a shape that was lost is charged elsewhere
    return abs(rows) @ weights


def looked_up(table, ids, weights):
    return abs(table[ids].astype(np.float64)) @ weights


@number("16.1")
@weight(5)
@budget(cpu=5.0)
def test_a_lookup_picks_rows(measure):
    """Looking 32 x 128 tokens up in a table of 10,000 rows takes at most 5 times the reference's CPU time."""
    measure(look_up, setup=filled_layer, inputs=draw_lookup, answer=looked_up, atol=1e-3)


@number("16.2")
@weight(4)
@budget(memory=4.0)
@visibility("hidden")
def test_a_lookup_needs_no_second_table(measure):
    """Looking 32 x 128 tokens up in a table of 10,000 rows needs at most 4 times the reference's memory."""
    measure(look_up, setup=filled_layer, inputs=draw_lookup, answer=looked_up, atol=1e-3)


@in_candidate
def look_up_and_back(state):
    """Return the loss, and the weighted sum of every row of the gradient; the next repetition starts without one."""
    layer, ids, weights = state
    loss = (layer(ids) * weights).sum()
    loss.backward()
    gradient, layer.weight.grad = layer.weight.grad, None
    return np.append(gradient @ weights, loss.data / 1000)


def scattered_sums(table, ids, weights):
    """Every use of a row adds the weights to its gradient."""
    uses = np.bincount(ids.ravel(), minlength=len(table))
    weights = weights.astype(np.float64)
    return np.append(uses * (weights @ weights), (table[ids] @ weights).sum() / 1000)


@number("16.3")
@weight(3)
@budget(cpu=4.0)
def test_the_way_back_adds_rows(measure):
    """The same lookup, weighed and summed up, and its way back take at most 4 times the reference's CPU time."""
    measure(look_up_and_back, setup=filled_layer, inputs=draw_lookup, answer=scattered_sums, rtol=1e-3, atol=1e-2)


@in_candidate
def make_waves(length, width, weights):
    """Sum up the sines: the angles of cosines are charged elsewhere."""
    return abs(create_sinusoidal_embeddings(length, width).data[:, ::2]) @ weights


def summed_waves(length, width, weights):
    angles = np.arange(length)[:, None] / 10000.0 ** (np.arange(0, width, 2) / width)
    return abs(np.sin(angles)) @ weights


@number("16.4")
@weight(2)
@budget(cpu=5.0)
@visibility("hidden")
def test_waves_are_made_at_once(measure):
    """create_sinusoidal_embeddings for about 2,000 positions of width 512 takes at most 5 times the reference's CPU time."""
    # Angles in float32 are off by up to 1e-4: summed up over 256 columns with weights of both signs, by about 2e-3.
    measure(
        make_waves,
        inputs=lambda rng: (2048 - int(rng.integers(0, 100)), 512, ordinary(rng, 256)),
        answer=summed_waves,
        rtol=1e-3,
        atol=2e-2,
    )
