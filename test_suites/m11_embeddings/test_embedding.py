"""Embedding: rows of a table by their numbers, and gradients that find the way back to the rows (30 points).

A layer is compared with the numbers that it drew itself, once these are seen to be a table of different numbers. Gradients
are exact sums: they are compared with the test's own, added up row by row. Token numbers are drawn without repetition
wherever repetition is not the subject.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.embeddings import Embedding
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}
SUMS = {"rtol": 1e-5, "atol": 1e-6}  # a few float32 additions
FORWARD_HINT = "Pick rows of self.weight.data by the numbers, which are ints stored as float32: weight.data[ids]."
GRADIENT_HINT = "Hang an EmbeddingBackward(self.weight, indices) on the result's _grad_fn."


def array_of(gradient):
    """Return a gradient's numbers, whether it is an array or a Tensor."""
    return gradient.data if isinstance(gradient, Tensor) else gradient


def table_of(layer, rows, width):
    """Return a copy of the layer's table, and require that it is one: of this shape, and of different numbers.

    The table is made to require gradients: whether it does so by itself is a check of its own.
    """
    __tracebackhide__ = True
    table = np.array(layer.weight.data)
    assert_shape(table, (rows, width), call=f"Embedding({rows}, {width}).weight.data")
    different = len(np.unique(table)) > 0.9 * table.size
    hint = "Draw every number by itself, with np.random.uniform."
    assert_equal(different, True, call=f"whether the numbers in Embedding({rows}, {width}).weight differ", hint=hint)
    layer.weight.requires_grad = True
    return table


def scattered(table, ids, G):
    """Return what every row of a table gets: all that arrives wherever the row was picked."""
    gradient = np.zeros(table.shape)
    for index in np.ndindex(ids.shape):
        gradient[ids[index]] += G[index]
    return gradient


def different_ids(rng, rows, *shape):
    """Draw different ids below the last, rows - 1, which is another check's subject."""
    return rng.permutation(rows - 1)[: int(np.prod(shape))].reshape(shape)


@number("1.1")
@weight(1.5)
def test_the_table_has_a_row_for_every_token(rng):
    """Embedding(V, D) knows vocab_size and embed_dim; weight is a float32 Tensor (V, D) that requires gradients."""
    V, D = int(rng.integers(12, 20)), int(rng.integers(5, 9))
    layer = Embedding(V, D)
    hint = "Store both arguments under their own names."
    assert_equal([layer.vocab_size, layer.embed_dim], [V, D], call=f"sizes of Embedding({V}, {D})", hint=hint)
    hint = "Tensor(..., requires_grad=True)"
    assert_equal(layer.weight.requires_grad, True, call="weight.requires_grad", hint=hint)
    table, ids = table_of(layer, V, D), different_ids(rng, V, 6)
    out = layer(Tensor(ids))
    assert_close(
        out.data, table[ids], **EXACT, dtype=np.float32, call="layer(ids)", given={"ids": ids}, hint=FORWARD_HINT
    )
    parameters = layer.parameters()
    hint = "return [self.weight]: the very Tensor, no copy."
    assert_equal(len(parameters), 1, call="len(layer.parameters())", hint=hint)
    assert_equal(parameters[0] is layer.weight, True, call="layer.parameters()[0] is layer.weight", hint=hint)


@number("1.2")
@weight(1.5)
@visibility("hidden")
def test_first_rows_follow_xavier(rng):
    """First weights are uniform between -a and a, with a = sqrt(6 / (V + D))."""
    layer, ids = Embedding(500, 300), different_ids(rng, 500, 4)
    table, bound = table_of(layer, 500, 300), np.sqrt(6 / 800)
    assert_close(layer(Tensor(ids)).data, table[ids], **EXACT, call="layer(ids)", hint=FORWARD_HINT)
    hint = "np.random.uniform(-a, a, (V, D)) with a = sqrt(6 / (V + D))"
    excess = max(0.0, float(np.abs(table).max()) - bound * (1 + 1e-6))
    assert_equal(excess, 0.0, call="what the largest weight of Embedding(500, 300) has beyond a", hint=hint)
    # 150,000 draws: the standard error of the deviation is 0.12 %, that of the mean is a / 670.
    assert_close(table.std(), bound / np.sqrt(3), rtol=0.05, atol=0, call="standard deviation of the weight", hint=hint)
    assert_close(table.mean(), 0.0, rtol=0, atol=bound / 60, call="mean of the weight", hint=hint)


@number("2")
@weight(6)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 2)], ids=["one", "sequence", "batch", "3d"])
def test_forward_picks_rows(rng, shape):
    """layer(ids) holds, for ids of any shape S, the row of every id: S + (D,)."""
    layer, ids = Embedding(17, 4), different_ids(rng, 17, *shape)
    table = table_of(layer, 17, 4)
    out = layer(Tensor(ids))
    given = {"ids": ids}
    call = f"Embedding(17, 4)(ids), ids of shape {shape}"
    assert_close(out.data, table[ids], **EXACT, dtype=np.float32, call=call, given=given, hint=FORWARD_HINT)
    again = layer.forward(Tensor(ids))
    assert_close(again.data, table[ids], **EXACT, call="layer.forward(ids)", given=given, hint=FORWARD_HINT)


@number("3")
@weight(1)
@visibility("hidden")
def test_the_result_is_a_copy(rng):
    """The result owns its numbers: writing into it leaves the table alone, and the ids stay what they were."""
    ids = different_ids(rng, 9, 5)
    before, rows, after, ids_after = write_into_result(ids)
    different = len(np.unique(before)) > 0.9 * before.size
    assert_equal(different, True, call="whether the numbers in Embedding(9, 3).weight differ")
    assert_close(rows, before[ids], **EXACT, call="layer(ids)", given={"ids": ids}, hint=FORWARD_HINT)
    hint = "Wrap the rows in Tensor(...), which copies them."
    assert_equal(after, before, call="weight.data after writing into layer(ids).data", hint=hint)
    assert_close(ids_after, ids, **EXACT, call="ids.data after layer(ids)", hint="Read the ids; do not change them.")


@in_candidate
def write_into_result(ids):
    """Return the table, the rows that were picked, the table after something was written into these, and the ids."""
    layer, tokens = Embedding(9, 3), Tensor(ids)
    before, out = layer.weight.data.copy(), layer(tokens)
    rows = out.data.copy()
    out.data[...] = 7.0
    return before, rows, layer.weight.data.copy(), tokens.data.copy()


@number("4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(0,), (2, 0)], ids=["no_token", "empty_batch"])
def test_no_tokens_give_no_rows(rng, shape):
    """Ids without elements give a result without elements, (0, D); equal ids give equal rows."""
    layer = Embedding(8, 5)
    table, (first, second) = table_of(layer, 8, 5), different_ids(rng, 8, 2)
    ids = np.array([first, second, first, first])
    found = layer(Tensor(ids)).data
    assert_close(found, table[ids], **EXACT, call=f"layer({ids.tolist()})", hint=FORWARD_HINT)
    hint = "An empty array has no smallest and no largest element: check bounds with .any()."
    out = layer(Tensor(np.zeros(shape)))
    assert_shape(out.shape, (*shape, 5), call=f"layer(ids) for ids of shape {shape}", hint=hint)


# Gradients


@number("5.1")
@weight(1.5)
def test_a_result_remembers_its_table(rng):
    """The result requires gradients and holds a node in _grad_fn, by which a gradient reaches the picked row."""
    layer = Embedding(6, 3)
    table_of(layer, 6, 3)
    ids, G = different_ids(rng, 6, 2), ordinary(rng, 2, 3)
    out = layer(Tensor(ids))
    assert_equal(out.requires_grad, True, call="layer(ids).requires_grad", hint="It has the weight's requires_grad.")
    assert_equal(out._grad_fn is not None, True, call="layer(ids)._grad_fn is not None", hint=GRADIENT_HINT)
    out.backward(G)
    found = array_of(layer.weight.grad)
    assert_shape(found, (6, 3), call="weight.grad after layer(ids).backward(g)", hint=GRADIENT_HINT)
    call = "rows ids of weight.grad"
    assert_close(found[ids], G, **SUMS, call=call, given={"ids": ids, "g": G}, hint=GRADIENT_HINT)


@number("5.2")
@weight(1.5)
@visibility("hidden")
def test_a_frozen_table_asks_for_no_gradient(rng):
    """If the weight does not require gradients, the result holds the rows, no flag and no node."""
    layer, ids = Embedding(7, 3), different_ids(rng, 7, 4)
    table = table_of(layer, 7, 3)
    layer.weight.requires_grad = False
    out = layer(Tensor(ids))
    assert_close(out.data, table[ids], **EXACT, call="layer(ids) with a frozen weight", hint=FORWARD_HINT)
    hint = "requires_grad=self.weight.requires_grad, and a node only if that is True."
    found = [out.requires_grad, getattr(out, "_grad_fn", None) is None]
    call = "[requires_grad, _grad_fn is None] of layer(ids) with a frozen weight"
    assert_equal(found, [False, True], call=call, hint=hint)


@number("6.1")
@weight(3)
def test_every_use_of_a_row_counts(rng):
    """A row that was picked three times gets the sum of three gradients."""
    layer = Embedding(5, 4)
    table = table_of(layer, 5, 4)
    a, b, c = (int(n) for n in different_ids(rng, 5, 3))
    ids, G = np.array([a, b, a, c, a, b]), ordinary(rng, 6, 4)
    layer(Tensor(ids)).backward(G)
    hint = "Add, do not assign: grad[ids] += g keeps only the last of equal ids, np.add.at(grad, ids, g) adds all."
    found, want = array_of(layer.weight.grad), scattered(table, ids, G)
    assert_close(found, want, **SUMS, call="weight.grad", given={"ids": ids, "g": G}, hint=hint)


@number("6.2")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("count", [1, 6])
def test_rows_that_were_not_picked_get_nothing(rng, count):
    """weight.grad has the shape of the weight, and rows that were not picked are exactly 0."""
    layer, ids = Embedding(11, 3), different_ids(rng, 11, count)
    table, G = table_of(layer, 11, 3), ordinary(rng, count, 3)
    layer(Tensor(ids)).backward(G)
    found, want = array_of(layer.weight.grad), scattered(table, ids, G)
    hint = "Start from zeros of the weight's shape."
    assert_close(found, want, **SUMS, call="weight.grad", given={"ids": ids, "g": G}, hint=hint)
    unused = np.setdiff1d(np.arange(11), ids)
    assert_close(found[unused], want[unused], **EXACT, call="the rows of weight.grad that were not picked", hint=hint)


@number("6.3")
@weight(1)
@visibility("hidden")
def test_the_gradient_is_a_float32_array(rng):
    """weight.grad is an array of float32, and none of it is missing."""
    layer, ids = Embedding(6, 2), different_ids(rng, 6, 3)
    table, G = table_of(layer, 6, 2), ordinary(rng, 3, 2)
    layer(Tensor(ids)).backward(G)
    found, hint = layer.weight.grad, "Gradients are plain arrays, of the weight's dtype."
    assert_close(found, scattered(table, ids, G), **SUMS, dtype=np.float32, call="weight.grad", hint=hint)


@number("7.1")
@weight(2)
@visibility("hidden")
def test_gradients_of_a_batch(rng):
    """A batch of sequences sends the gradients of all its sequences; the ids themselves get none."""
    layer, ids = Embedding(15, 3), different_ids(rng, 15, 3, 4)
    table, G, tokens = table_of(layer, 15, 3), ordinary(rng, 3, 4, 3), Tensor(ids)
    out = layer(tokens)
    out.backward(G.reshape(out.shape))
    hint = "Every entry of ids stands for a row, in all sequences of the batch."
    found = array_of(layer.weight.grad)
    assert_close(found, scattered(table, ids, G), **SUMS, call="weight.grad", given={"ids": ids}, hint=hint)
    assert_equal(tokens.grad is None, True, call="ids.grad is None", hint="Numbers of tokens have no gradient.")


@number("7.2")
@weight(1)
@visibility("hidden")
def test_two_passes_add_up(rng):
    """Two backward passes from two forward passes leave the sum of both gradients."""
    layer, first, second = Embedding(9, 2), different_ids(rng, 9, 4), different_ids(rng, 9, 3)
    table, G, H = table_of(layer, 9, 2), ordinary(rng, 4, 2), ordinary(rng, 3, 2)
    layer(Tensor(first)).backward(G)
    layer(Tensor(second)).backward(H)
    want = scattered(table, first, G) + scattered(table, second, H)
    given = {"first": first, "then": second}
    hint = "The node returns its own part; Tensor.backward adds it to what is there."
    assert_close(array_of(layer.weight.grad), want, **SUMS, call="weight.grad after two passes", given=given, hint=hint)


# The table can change


@number("8.1")
@weight(1)
def test_a_new_table_counts_at_once(rng):
    """forward reads the weight as it is: another Tensor, or other numbers in .data, count at the next call."""
    layer, ids = Embedding(8, 3), different_ids(rng, 8, 5)
    first, second = ordinary(rng, 8, 3), ordinary(rng, 8, 3)
    layer.weight = Tensor(first, requires_grad=True)
    hint = "Use self.weight.data in forward, and keep no copy of it."
    assert_close(
        layer(Tensor(ids)).data, first[ids], **EXACT, call="layer(ids) after layer.weight = Tensor(w)", hint=hint
    )
    layer.weight.data = second
    call = "layer(ids) after layer.weight.data = w"
    assert_close(layer(Tensor(ids)).data, second[ids], **EXACT, call=call, hint=hint)


@number("8.2")
@weight(1)
@visibility("hidden")
def test_two_layers_can_share_a_table(rng):
    """Layers that share one weight give the same rows, and it collects the gradients of both."""
    one, other, ids = Embedding(7, 3), Embedding(7, 3), different_ids(rng, 7, 4)
    other.weight = one.weight
    table, G, H = table_of(one, 7, 3), ordinary(rng, 4, 3), ordinary(rng, 4, 3)
    assert_close(other(Tensor(ids)).data, table[ids], **EXACT, call="other(ids) after other.weight = one.weight")
    one(Tensor(ids)).backward(G)
    other(Tensor(ids)).backward(H)
    hint = "Give the node self.weight as it is at the call."
    want = scattered(table, ids, G) + scattered(table, ids, H)
    call = "one.weight.grad after a pass through each layer"
    assert_close(array_of(one.weight.grad), want, **SUMS, call=call, hint=hint)


@in_candidate
def step_once(ids, G, lr):
    """Take one step against the gradient, in place; return the table before and after, and what the layer gives then."""
    layer = Embedding(10, 3)
    layer.weight.requires_grad = True
    before = layer.weight.data.copy()
    layer(Tensor(ids)).backward(G)
    gradient = layer.weight.grad
    layer.weight.data -= lr * (gradient.data if isinstance(gradient, Tensor) else gradient)
    return before, layer.weight.data.copy(), layer(Tensor(ids)).data


@number("9")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("lr", [0.5, 0.01])
def test_a_step_moves_the_rows_that_were_used(rng, lr):
    """A step of gradient descent moves the rows that were used by lr times their gradient, and no others."""
    ids, G = different_ids(rng, 10, 4), ordinary(rng, 4, 3)
    before, after, rows = step_once(ids, G, lr)
    different = len(np.unique(before)) > 0.9 * before.size
    assert_equal(different, True, call="whether the numbers in Embedding(10, 3).weight differ")
    want = before - lr * scattered(before, ids, G)
    given, hint = {"ids": ids, "g": G, "lr": lr}, "Only rows that were picked have a gradient."
    assert_close(after, want, **SUMS, call="weight.data after weight.data -= lr * weight.grad", given=given, hint=hint)
    hint = "forward reads self.weight.data at every call."
    assert_close(rows, want[ids], **SUMS, call="layer(ids) after the step", given=given, hint=hint)
