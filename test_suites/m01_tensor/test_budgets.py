"""What the operations may cost: CPU time and memory as a multiple of the reference's, or of a yardstick below.

Every workload returns a thin sample of its result, so that sending the answer back costs little beside the work.
"""

import numpy as np
from arrays import large, ordinary
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import budget, in_candidate
from tinytorch.core.tensor import Tensor


@in_candidate
def tensors(*arrays):
    return [Tensor(array) for array in arrays]


@in_candidate
def combine(operands):
    x, row = operands
    return ((x + x) * 2.0 + row).data[::50]


@weight(2.5)
@number("20.1")
@budget(cpu=4.0)
def test_elementwise_budget(measure):
    """Adding and scaling 1000 x 1000 numbers costs at most 4 times the reference."""
    measure(
        combine,
        setup=tensors,
        inputs=lambda rng: (large(rng, 1000, 1000), large(rng, 1000)),
        answer=lambda x, row: (x * 4 + row)[::50],
    )


@in_candidate
def array_and_lists(array):
    return array, array[:100].tolist()


@in_candidate
def construct(sources):
    array, lists = sources
    return Tensor(array).data[::100] + Tensor(lists).data[::10]


@weight(1.5)
@number("20.2")
@budget(cpu=3.0)
def test_construction_budget(measure):
    """Making tensors of an array of 10**6 and of lists of 10**5 numbers costs at most 3 times the reference."""
    measure(
        construct,
        setup=array_and_lists,
        inputs=lambda rng: (large(rng, 1000, 1000),),
        answer=lambda array: array[::100] + array[:100:10],
    )


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
        inputs=lambda rng: (ordinary(rng, 128, 128), ordinary(rng, 128, 128)),
        answer=lambda a, b: a @ b,
    )


@in_candidate
def multiply_thinly(operands):
    a, b = operands
    return a.matmul(b).data[..., ::16, :]


@weight(1.5)
@number("20.4")
@budget(cpu=4.0)
def test_batched_matmul_budget(measure):
    """Multiplying a batch of 32 matrices of 64 x 64 costs at most 4 times the reference."""
    measure(
        multiply_thinly,
        setup=tensors,
        inputs=lambda rng: (ordinary(rng, 32, 64, 64), ordinary(rng, 32, 64, 64)),
        answer=lambda a, b: (a @ b)[..., ::16, :],
    )


@in_candidate
def reduce(operands):
    (x,) = operands
    return [x.sum(axis=1).data.mean(), x.mean().data, x.max(axis=0).data.mean()]


@weight(1)
@number("20.5")
@budget(cpu=3.0)
def test_reductions_budget(measure):
    """Summing, averaging and taking maxima of a million numbers costs at most 3 times the reference."""
    measure(
        reduce,
        setup=tensors,
        inputs=lambda rng: (large(rng, 1000, 1000),),
        answer=lambda x: [x.sum(axis=1).mean(), x.mean(), x.max(axis=0).mean()],
    )


@in_candidate
def rearrange(operands):
    (x,) = operands
    return [x.reshape(500, 2000).data[250], x.transpose().data[:2].reshape(-1), x[::2].data[100:102].reshape(-1)]


@weight(1)
@number("20.6")
@budget(cpu=3.0)
def test_shapes_budget(measure):
    """Reshaping, transposing and slicing a million numbers costs at most 3 times the reference."""
    measure(
        rearrange,
        setup=tensors,
        inputs=lambda rng: (large(rng, 1000, 1000),),
        answer=lambda x: [x.reshape(500, 2000)[250], x.T[:2].reshape(-1), x[::2][100:102].reshape(-1)],
    )


@in_candidate
def double(operands):
    (x,) = operands
    return (x + x).data[::50]


@weight(1)
@number("20.7")
@budget(memory=2.0)
def test_addition_memory_budget(measure):
    """Adding two tensors of a million numbers needs at most twice the memory that the reference needs."""
    measure(double, setup=tensors, inputs=lambda rng: (large(rng, 1000, 1000),), answer=lambda x: (x + x)[::50])


@weight(1)
@number("20.8")
@budget(memory=6.0)
def test_matmul_memory_budget(measure):
    """Multiplying two 256 x 256 matrices needs at most six times the memory that the reference needs."""
    measure(
        multiply_thinly,
        setup=tensors,
        inputs=lambda rng: (ordinary(rng, 256, 256), ordinary(rng, 256, 256)),
        answer=lambda a, b: (a @ b)[..., ::16, :],
        atol=1e-3,
    )
