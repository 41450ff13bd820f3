"""PositionalEncoding: a learnt vector for every position (18 points), and the fixed waves of sines and cosines (14 points)."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.embeddings import PositionalEncoding, create_sinusoidal_embeddings
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}
SUMS = {"rtol": 1e-5, "atol": 1e-6}  # a few float32 additions
ADD_HINT = "x + self.position_embeddings[:T]: the first T rows, the same for every sequence of the batch."


def array_of(gradient):
    """Return a gradient's numbers, whether it is an array or a Tensor."""
    return gradient.data if isinstance(gradient, Tensor) else gradient


def table_of(layer, rows, width):
    """Return a copy of the layer's table, and require that it is one: of this shape, and of different numbers.

    The table is made to require gradients: whether it does so by itself is a check of its own.
    """
    __tracebackhide__ = True
    table = np.array(layer.position_embeddings.data)
    assert_shape(table, (rows, width), call=f"PositionalEncoding({rows}, {width}).position_embeddings.data")
    different = len(np.unique(table)) > 0.9 * table.size
    call = f"whether the numbers in PositionalEncoding({rows}, {width}).position_embeddings differ"
    assert_equal(different, True, call=call, hint="Draw every number by itself, with np.random.uniform.")
    layer.position_embeddings.requires_grad = True
    return table


@number("10.1")
@weight(1.5)
def test_there_is_a_vector_for_every_position(rng):
    """PositionalEncoding(P, D) knows both sizes; position_embeddings is a Tensor (P, D), its only parameter."""
    P, D = int(rng.integers(6, 12)), int(rng.integers(5, 9))
    layer, x = PositionalEncoding(P, D), ordinary(rng, 1, 4, D)
    hint = "Store both arguments under their own names."
    found = [layer.max_seq_len, layer.embed_dim]
    assert_equal(found, [P, D], call=f"sizes of PositionalEncoding({P}, {D})", hint=hint)
    hint = "Tensor(..., requires_grad=True)"
    assert_equal(layer.position_embeddings.requires_grad, True, call="position_embeddings.requires_grad", hint=hint)
    table = table_of(layer, P, D)
    assert_close(layer(Tensor(x)).data, x + table[:4], **SUMS, call="layer(x), x of one sequence", hint=ADD_HINT)
    parameters, hint = layer.parameters(), "return [self.position_embeddings]: the very Tensor, no copy."
    assert_equal(len(parameters), 1, call="len(layer.parameters())", hint=hint)
    call = "layer.parameters()[0] is layer.position_embeddings"
    assert_equal(parameters[0] is layer.position_embeddings, True, call=call, hint=hint)


@number("10.2")
@weight(1.5)
@visibility("hidden")
def test_first_positions_lie_within_their_bound(rng):
    """First position vectors are uniform between -a and a, with a = sqrt(2 / D)."""
    layer, x = PositionalEncoding(400, 250), ordinary(rng, 1, 3, 250)
    table, bound = table_of(layer, 400, 250), np.sqrt(2 / 250)
    assert_close(layer(Tensor(x)).data, x + table[:3], **SUMS, call="layer(x), x of one sequence", hint=ADD_HINT)
    hint = "np.random.uniform(-a, a, (P, D)) with a = sqrt(2 / D)"
    excess = max(0.0, float(np.abs(table).max()) - bound * (1 + 1e-6))
    assert_equal(excess, 0.0, call="what the largest number of PositionalEncoding(400, 250) has beyond a", hint=hint)
    # 100,000 draws: the standard error of the deviation is 0.14 %, that of the mean is a / 550.
    call = "standard deviation of position_embeddings"
    assert_close(table.std(), bound / np.sqrt(3), rtol=0.05, atol=0, call=call, hint=hint)
    assert_close(table.mean(), 0.0, rtol=0, atol=bound / 50, call="mean of position_embeddings", hint=hint)


@number("11.1")
@weight(4)
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_every_sequence_gets_the_same_positions(rng, batch):
    """layer(x) is x plus the first T position vectors, for every sequence of the batch."""
    layer, x = PositionalEncoding(9, 4), ordinary(rng, batch, 6, 4)
    table = table_of(layer, 9, 4)
    given = {"x": x}
    out, t = layer(Tensor(x)), Tensor(x)
    assert_close(out.data, x + table[:6], **SUMS, dtype=np.float32, call="layer(x)", given=given, hint=ADD_HINT)
    assert_close(layer.forward(t).data, x + table[:6], **SUMS, call="layer.forward(x)", given=given, hint=ADD_HINT)
    found = [t.data, layer.position_embeddings.data]
    hint = "Add with +, which makes a new Tensor."
    assert_equal(found, [x, table], call="x.data and position_embeddings.data after layer(x)", hint=hint)


@number("11.2")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("length", [2, 5])
def test_a_prefix_is_encoded_like_the_whole(rng, length):
    """A shorter sequence is encoded like the beginning of a longer one, and the same one twice in the same way."""
    layer, x = PositionalEncoding(7, 3), ordinary(rng, 1, 7, 3)
    table = table_of(layer, 7, 3)
    want, hint = x + table, "Positions count from 0, whatever came before: nothing is remembered between calls."
    short = layer(Tensor(x[:, :length])).data
    assert_close(short, want[:, :length], **SUMS, call=f"layer(x[:, :{length}])", hint=hint)
    assert_close(layer(Tensor(x)).data, want, **SUMS, call="layer(x)", hint=ADD_HINT)
    again = layer(Tensor(x[:, :length])).data
    assert_equal(again, short, call=f"layer(x[:, :{length}]) once more", hint=hint)


@number("11.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("length", [1, 8])
def test_the_shortest_and_the_longest_sequence(rng, length):
    """T = 1 works, and so does T = max_seq_len."""
    layer, x = PositionalEncoding(8, 5), ordinary(rng, 1, length, 5)
    table = table_of(layer, 8, 5)
    hint = "Refuse sequences that are longer than max_seq_len, not those that are as long."
    assert_close(layer(Tensor(x)).data, x + table[:length], **SUMS, call=f"layer(x), T = {length}", hint=hint)


@number("12.1")
@weight(2)
def test_the_input_gets_what_arrives(rng):
    """x receives the arriving gradient unchanged."""
    layer, a, G = PositionalEncoding(6, 3), ordinary(rng, 2, 4, 3), ordinary(rng, 2, 4, 3)
    table = table_of(layer, 6, 3)
    x = Tensor(a[:1], requires_grad=True)
    out = layer(x)
    assert_close(out.data, a[:1] + table[:4], **SUMS, call="layer(x), x of one sequence", hint=ADD_HINT)
    out.backward(G[:1])
    hint = "The derivative of x + p with respect to x is 1."
    assert_close(array_of(x.grad), G[:1], **SUMS, call="x.grad after layer(x).backward(g)", hint=hint)


@number("12.2")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("tracked", [True, False], ids=["x_tracked", "x_constant"])
@pytest.mark.parametrize("batch", [1, 3])
def test_positions_collect_the_whole_batch(rng, tracked, batch):
    """position_embeddings.grad has the shape (P, D): gradients summed over the batch, exactly 0 from row T on."""
    layer, x, G = PositionalEncoding(6, 3), ordinary(rng, batch, 4, 3), ordinary(rng, batch, 4, 3)
    layer(Tensor(x, requires_grad=tracked)).backward(G)
    want = np.zeros((6, 3))
    want[:4] = G.sum(axis=0)
    hint = "Slice the Tensor, position_embeddings[:T]; a new Tensor around the sliced array forgets where it came from."
    found = array_of(layer.position_embeddings.grad)
    assert_close(found, want, **SUMS, call="position_embeddings.grad", given={"x": x, "g": G}, hint=hint)
    assert_close(found[4:], want[4:], **EXACT, call="position_embeddings.grad from row T on", hint=hint)


# Sines and cosines. Angles in float32 are off by 2**-24 of up to 2,048 radians, about 1e-4: hence the contract's 1e-3.

WAVES = {"rtol": 0, "atol": 1e-3}
WAVE_HINT = "Column 2i is sin(pos / 10000**(2i / D)), column 2i + 1 the cosine of the same angle."


def waves(length, width):
    """Return the table in float64, column by column."""
    positions, table = np.arange(length), np.zeros((length, width))
    for column in range(width):
        angles = positions / 10000.0 ** (2 * (column // 2) / width)
        table[:, column] = np.cos(angles) if column % 2 else np.sin(angles)
    return table


@number("13.1")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(5, 8), (64, 2), (2, 6), (30, 16)], ids=str)
def test_waves_come_as_a_constant_tensor(rng, shape):
    """create_sinusoidal_embeddings(P, D) is a float32 Tensor (P, D) that requires no gradient; P = 0 works too."""
    table = create_sinusoidal_embeddings(*shape)
    assert isinstance(table, Tensor), "create_sinusoidal_embeddings(P, D) must be a Tensor: wrap the array."
    call = f"create_sinusoidal_embeddings{shape}"
    assert_shape(table.shape, shape, call=call, hint="One row for a position, one column for a number.")
    squares = (table.data.astype(np.float64) ** 2).sum(axis=1)
    hint = "Sine and cosine of one angle stand in neighbouring columns: their squares add up to 1."
    assert_close(squares, np.full(shape[0], shape[1] / 2), **WAVES, call=f"squares in every row of {call}", hint=hint)
    moved = bool(np.abs(table.data[1] - table.data[0]).max() > 0.1)
    assert_equal(moved, True, call=f"whether rows 0 and 1 of {call} differ", hint=WAVE_HINT)
    assert_equal(table.requires_grad, False, call=f"{call}.requires_grad", hint="These numbers are not trained.")
    assert_close(table.data, table.data, **EXACT, dtype=np.float32, call=call, hint="A Tensor holds float32.")
    empty = create_sinusoidal_embeddings(0, shape[1])
    assert_shape(empty.shape, (0, shape[1]), call=f"create_sinusoidal_embeddings(0, {shape[1]})")


@number("13.2")
@weight(3)
def test_waves_begin_with_zeros_and_ones(rng):
    """Row 0 alternates 0 and 1; the first two columns are sin(pos) and cos(pos)."""
    width = 2 * int(rng.integers(3, 9))
    table = create_sinusoidal_embeddings(6, width).data
    hint = "sin(0) is 0, and stands in the even columns; cos(0) is 1, and stands in the odd ones."
    call = f"row 0 of create_sinusoidal_embeddings(6, {width})"
    assert_close(table[0], np.tile([0.0, 1.0], width // 2), **WAVES, call=call, hint=hint)
    positions = np.arange(6)
    hint = "In columns 0 and 1 the exponent is 0, and the angle is the position itself."
    call = f"columns 0 and 1 of create_sinusoidal_embeddings(6, {width})"
    assert_close(table[:, 0], np.sin(positions), **WAVES, call=f"{call}: the sine", hint=hint)
    assert_close(table[:, 1], np.cos(positions), **WAVES, call=f"{call}: the cosine", hint=hint)


@number("13.3")
@weight(5)
@pytest.mark.parametrize("shape", [(10, 4), (50, 32), (2048, 12)], ids=str)
def test_waves_follow_their_formula(rng, shape):
    """All values are those of the formula, up to 2,048 positions."""
    length, width = shape[0] - int(rng.integers(0, 3)), shape[1]
    found = create_sinusoidal_embeddings(length, width).data
    call = f"create_sinusoidal_embeddings({length}, {width})"
    assert_close(found, waves(length, width), **WAVES, call=call, hint=WAVE_HINT)


@number("13.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("width", [1, 5, 7])
def test_waves_of_odd_width(rng, width):
    """With an odd width the last column is a sine whose cosine is missing."""
    length = int(rng.integers(4, 40))
    found = create_sinusoidal_embeddings(length, width).data
    hint = "There are (D + 1) // 2 sines and D // 2 cosines."
    call = f"create_sinusoidal_embeddings({length}, {width})"
    assert_close(found, waves(length, width), **WAVES, call=call, hint=hint)


@number("13.5")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("width", [6, 20])
def test_waves_tell_positions_apart(rng, width):
    """Every row has the length sqrt(D / 2), and no two rows are alike."""
    length = int(rng.integers(20, 60))
    found = create_sinusoidal_embeddings(length, width).data.astype(np.float64)
    call = f"create_sinusoidal_embeddings({length}, {width})"
    lengths = np.sqrt((found**2).sum(axis=1))
    hint = "Sine and cosine of one angle: their squares add up to 1."
    assert_close(lengths, np.full(length, np.sqrt(width / 2)), **WAVES, call=f"length of the rows of {call}", hint=hint)
    nearest = min(np.abs(found[i] - found[j]).max() for i in range(length) for j in range(i))
    assert_equal(bool(nearest > 0.01), True, call=f"whether no two rows of {call} are alike", hint=WAVE_HINT)
