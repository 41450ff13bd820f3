"""What the operations may cost: CPU time and memory as a multiple of the reference's, or of a yardstick below.

Every number of a result counts. Large results are summed up row by row, with random weights that are new in each
repetition: a product of a matrix and a vector, quick beside the work, and sending the sums costs little.
"""

import numpy as np
from arrays import large, ordinary
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import budget, in_candidate
from tinytorch.core.tensor import Tensor

# Sums of a thousand float32 numbers of size 1: rounding leaves 1e-5 to 1e-4.
LONG_SUMS = {"atol": 1e-3}


@in_candidate
def tensors(*arrays):
    return [Tensor(array) for array in arrays]


@in_candidate
def tensors_and_weights(*arrays):
    """Make tensors, unmeasured, of all arrays but the last, which is the weights."""
    return [Tensor(array) for array in arrays[:-1]] + [arrays[-1]]


@in_candidate
def combine(operands):
    x, row, weights = operands
    return ((x + x) * 2.0 + row).data @ weights


@weight(2.5)
@number("20.1")
@budget(cpu=4.0)
def test_elementwise_budget(measure):
    """Adding and scaling 1000 x 1000 numbers costs at most 4 times the reference."""
    measure(
        combine,
        setup=tensors_and_weights,
        inputs=lambda rng: (large(rng, 1000, 1000), large(rng, 1000), ordinary(rng, 1000)),
        answer=lambda x, row, weights: (x * 4 + row) @ weights,
        **LONG_SUMS,
    )


@in_candidate
def array_and_lists(array, weights):
    return array.copy(), array[:100].tolist(), weights


@in_candidate
def construct(sources):
    """Make two tensors; overwrite what the first was made of, which a tensor of its own does not mind."""
    array, lists, weights = sources
    tensor = Tensor(array)
    array[:] = 0
    return np.concatenate([tensor.data @ weights, Tensor(lists).data @ weights])


@weight(1.5)
@number("20.2")
@budget(cpu=3.0)
def test_construction_budget(measure):
    """Making tensors of an array of 10**6 and of lists of 10**5 numbers costs at most 3 times the reference."""
    measure(
        construct,
        setup=array_and_lists,
        inputs=lambda rng: (large(rng, 1000, 1000), ordinary(rng, 1000)),
        answer=lambda array, weights: np.concatenate([array, array[:100]]) @ weights,
        **LONG_SUMS,
    )


def two_matrices(rng, *shape):
    """Return two operands, the left one's last column zero: a sum that leaves its last term out is charged by 8.1 to 8.3."""
    a = ordinary(rng, *shape)
    a[..., -1] = 0
    return a, ordinary(rng, *shape)


@in_candidate
def multiply(operands):
    a, b = operands
    return a.matmul(b).data


@in_candidate
def multiply_by_dot_products(operands):
    """The loop that the course itself teaches: one np.dot of a row and a column for every entry."""
    a, b = (operand.data for operand in operands)
    product = np.zeros((a.shape[0], b.shape[1]), dtype=np.float32)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            product[i, j] = np.dot(a[i, :], b[:, j])
    return product


@weight(2.5)
@number("20.3")
@budget(cpu=5.0)
def test_matmul_budget(measure):
    """Multiplying two 128 x 128 matrices costs at most 5 times a loop of dot products."""
    measure(
        multiply,
        setup=tensors,
        yardstick=multiply_by_dot_products,
        inputs=lambda rng: two_matrices(rng, 128, 128),
        answer=lambda a, b: a @ b,
    )


@in_candidate
def multiply_and_sum_sizes(operands):
    """Sum up the sizes of the numbers in every row of every product: signs taken away, no shorter way leads there."""
    a, b, weights = operands
    return abs(a.matmul(b).data) @ weights


@weight(1.5)
@number("20.4")
@budget(cpu=4.0)
def test_batched_matmul_budget(measure):
    """Multiplying a batch of 32 matrices of 64 x 64 costs at most 4 times the reference."""
    measure(
        multiply_and_sum_sizes,
        setup=tensors_and_weights,
        inputs=lambda rng: (*two_matrices(rng, 32, 64, 64), ordinary(rng, 64)),
        answer=lambda a, b, weights: abs(a @ b) @ weights,
        atol=5e-3,  # sums of 64 numbers of size 8 by weights of size 1
    )


@in_candidate
def reduce(operands):
    (x,) = operands
    return np.concatenate([x.sum(axis=1).data, x.max(axis=0).data, [x.mean().data]])


def reduced(x):
    return np.concatenate([x.sum(axis=1, dtype=np.float64), x.max(axis=0), [x.mean(dtype=np.float64)]])


@weight(1)
@number("20.5")
@budget(cpu=3.0)
def test_reductions_budget(measure):
    """Summing, averaging and taking maxima of a million numbers costs at most 3 times the reference."""
    measure(
        reduce,
        setup=tensors,
        inputs=lambda rng: (ordinary(rng, 1000, 1000) + ordinary(rng, 1),),
        answer=reduced,
        atol=5e-4,
    )


@in_candidate
def rearrange(operands):
    x, weights = operands
    short = weights[:1000]
    return np.concatenate([x.reshape(500, 2000).data @ weights, x.transpose().data @ short, x[::2].data @ short])


def rearranged(x, weights):
    short = weights[:1000]
    return np.concatenate([x.reshape(500, 2000) @ weights, x.T @ short, x[::2] @ short])


@weight(1)
@number("20.6")
@budget(cpu=3.0)
def test_shapes_budget(measure):
    """Reshaping, transposing and slicing a million numbers costs at most 3 times the reference."""
    measure(
        rearrange,
        setup=tensors_and_weights,
        inputs=lambda rng: (large(rng, 1000, 1000), ordinary(rng, 2000)),
        answer=rearranged,
        **LONG_SUMS,
    )


@in_candidate
def double(operands):
    x, weights = operands
    return (x + x).data @ weights


@weight(1)
@number("20.7")
@budget(memory=2.0)
def test_addition_memory_budget(measure):
    """Adding two tensors of a million numbers needs at most twice the memory that the reference needs."""
    measure(
        double,
        setup=tensors_and_weights,
        inputs=lambda rng: (large(rng, 1000, 1000), ordinary(rng, 1000)),
        answer=lambda x, weights: (x + x) @ weights,
        **LONG_SUMS,
    )


@weight(1)
@number("20.8")
@budget(memory=6.0)
def test_matmul_memory_budget(measure):
    """Multiplying two 256 x 256 matrices needs at most six times the memory that the reference needs."""
    measure(
        multiply,
        setup=tensors,
        inputs=lambda rng: two_matrices(rng, 256, 256),
        answer=lambda a, b: a @ b,
        atol=1e-3,
    )
