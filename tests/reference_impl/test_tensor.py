"""The reference's tensor and its lazy root: properties over many shapes, hand-worked numbers, and what loads what.

Tests of one process may run after module 05 has rebound the tensor's methods, so what holds only before that is asked of
a fresh interpreter.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tinytorch.core.tensor import BYTES_PER_FLOAT32, KB_TO_BYTES, MB_TO_BYTES, Tensor

REFERENCE = Path(__file__).parents[2] / "reference_impl"
OPERATIONS = ["__add__", "__sub__", "__mul__", "__truediv__"]

numbers = st.floats(-100, 100, width=32)
arrays = hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), elements=numbers)


def ask(code):
    """Run code in a fresh interpreter and return what it stored in `answer`."""
    script = f"import json, sys\n{code}\nprint(json.dumps(answer))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={"PYTHONPATH": str(REFERENCE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@given(arrays)
@settings(max_examples=50, deadline=None)
def test_a_tensor_is_a_float32_copy(array):
    source = array.astype(np.float64)
    t = Tensor(source)
    source[...] = 7.0
    np.testing.assert_array_equal(t.data, array)
    assert (t.shape, t.size, t.dtype) == (array.shape, array.size, np.float32)
    assert t.data.dtype == np.float32
    assert t.numpy() is t.data


def test_shape_size_and_dtype_follow_assigned_data():
    t = Tensor([1.0, 2.0])
    t.data = np.zeros((2, 3), dtype=np.float32)
    assert (t.shape, t.size) == ((2, 3), 6)


@pytest.mark.parametrize(
    "source", [5, 2.5, True, [1, 2], ((1, 2), (3, 4)), [], np.arange(3), np.float64(1.5)], ids=repr
)
def test_construction_takes_numbers_sequences_and_arrays(source):
    np.testing.assert_array_equal(Tensor(source).data, np.array(source, dtype=np.float32))


@pytest.mark.parametrize("source", [[[1.0], [1.0, 2.0]], "text", ["a", "b"]], ids=repr)
def test_construction_refuses_what_is_no_array_of_numbers(source):
    with pytest.raises(ValueError):  # noqa: PT011 (the text is NumPy's)
        Tensor(source)


@pytest.mark.medium
@pytest.mark.parametrize("operation", OPERATIONS)
@given(
    pair=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3), seed=st.integers(0, 99)
)
@settings(max_examples=30, deadline=None)
def test_arithmetic_is_numpys(operation, pair, seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.uniform(1, 2, shape).astype(np.float32) for shape in pair.input_shapes)
    left, right = Tensor(a), Tensor(b)
    result = getattr(left, operation)(right)
    np.testing.assert_array_equal(result.data, getattr(a, operation)(b))
    assert result.data.dtype == np.float32
    assert not np.shares_memory(result.data, left.data)
    np.testing.assert_array_equal(left.data, a)


def test_arithmetic_takes_numbers_arrays_and_lists():
    x = Tensor([1.0, 4.0])
    np.testing.assert_array_equal((x + 1).data, [2, 5])
    np.testing.assert_array_equal((x - [1, 2]).data, [0, 2])
    np.testing.assert_array_equal((x * np.array([2.0, 0.5])).data, [2, 2])
    np.testing.assert_array_equal((x / np.float64(2)).data, [0.5, 2])
    for result in (x + 1, x - [1, 2], x * np.array([2.0, 0.5]), x / np.float64(2)):
        assert result.data.dtype == np.float32


def test_division_by_zero_warns_and_gives_infinity_and_nan():
    with pytest.warns(RuntimeWarning):
        result = Tensor([1.0, -1.0, 0.0]) / 0.0
    np.testing.assert_array_equal(result.data, [np.inf, -np.inf, np.nan])


@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3), (3, 4)), ((3, 3), (3, 3)), ((1, 1), (1, 1)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (3,)), ((2, 0), (0, 2)),
     ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((2, 1, 2, 3), (4, 3, 2))],
)  # fmt: skip
def test_matmul_is_numpys(left, right):
    rng = np.random.default_rng(0)
    a, b = rng.integers(-4, 5, left).astype(np.float32), rng.integers(-4, 5, right).astype(np.float32)
    np.testing.assert_array_equal(Tensor(a).matmul(Tensor(b)).data, np.matmul(a, b))
    np.testing.assert_array_equal((Tensor(a) @ Tensor(b)).data, np.matmul(a, b))


def test_matmul_with_a_number_is_element_wise():
    np.testing.assert_array_equal((Tensor(2.0) @ Tensor([1.0, 2.0])).data, [2, 4])
    np.testing.assert_array_equal((Tensor([1.0, 2.0]) @ Tensor(3.0)).data, [3, 6])


def test_matmul_refuses_with_the_words_of_the_course():
    for other in (np.ones((2, 2)), [[1.0]], 2.0, None):
        with pytest.raises(TypeError, match="two Tensors"):
            Tensor([[1.0, 2.0]]).matmul(other)
    for left, right, sizes in (((1, 2), (3, 1), "2 ≠ 3"), ((4,), (5,), "4 ≠ 5"), ((2, 3), (2,), "3 ≠ 2")):
        with pytest.raises(ValueError, match=f"Inner dimensions must match: {sizes}"):
            Tensor(np.ones(left)) @ Tensor(np.ones(right))


def test_the_at_sign_looks_matmul_up_when_called():
    class Counting(Tensor):
        calls = 0

        def matmul(self, other):
            Counting.calls += 1
            return super().matmul(other)

    assert (Counting([[1.0]]) @ Tensor([[2.0]])).data == 2.0
    assert Counting.calls == 1


@pytest.mark.parametrize("key", [1, -1, slice(None, None, 2), (0, 1), (..., 1), None, [2, 0], np.array([True, False, True])],
                         ids=repr)  # fmt: skip
def test_indexing_is_numpys_and_copies(key):
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    t = Tensor(x, requires_grad=True)
    picked = t[key]
    np.testing.assert_array_equal(picked.data, x[key])
    assert picked.requires_grad
    picked.data[...] = -1.0
    np.testing.assert_array_equal(t.data, x)


def test_iteration_ends():
    assert [float(row.data.sum()) for row in Tensor([[1.0, 2.0], [3.0, 4.0]])] == [3.0, 7.0]


@given(arrays.filter(lambda array: array.size > 0))
@settings(max_examples=30, deadline=None)
def test_reshaping_there_and_back_changes_nothing(array):
    t = Tensor(array)
    np.testing.assert_array_equal(t.reshape(-1).reshape(array.shape).data, array)
    np.testing.assert_array_equal(t.reshape([1, -1]).data, array.reshape(1, -1))
    assert not np.shares_memory(t.reshape(-1).data, t.data)


def test_reshape_of_empty_tensors():
    assert Tensor(np.zeros((0, 3))).reshape(3, 0).shape == (3, 0)
    assert Tensor([]).reshape(-1, 4).shape == (0, 4)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((2, 2), "Total elements must match: 6 ≠ 4"), ((4, -1), "Total elements must match: 6 ≠ 4"),
     ((0, -1), "Total elements must match: 6 ≠ 0"), ((-1, -1), "more than one -1")],
)  # fmt: skip
def test_reshape_refuses_with_the_words_of_the_course(shape, words):
    with pytest.raises(ValueError, match=words):
        Tensor(np.zeros((2, 3))).reshape(*shape)


@given(arrays)
@settings(max_examples=30, deadline=None)
def test_transposing_twice_changes_nothing(array):
    once = Tensor(array, requires_grad=True).transpose()
    assert once.requires_grad
    np.testing.assert_array_equal(once.transpose().data, array)
    np.testing.assert_array_equal(once.data, array.swapaxes(-1, -2) if array.ndim > 1 else array)


def test_transpose_takes_two_axes_or_none():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(Tensor(x).transpose(0, -1).data, x.swapaxes(0, -1))
    for axes in ({"dim0": 0}, {"dim1": 0}):
        with pytest.raises(ValueError, match="both or neither"):
            Tensor(x).transpose(**axes)
    with pytest.raises(IndexError):
        Tensor(x).transpose(0, 3)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("keywords", [{}, {"axis": 1}, {"axis": -1}, {"axis": (0, 2)}, {"axis": 1, "keepdims": True},
                                      {"keepdims": True}], ids=repr)  # fmt: skip
def test_reductions_are_numpys_and_tensors(name, keywords):
    x = np.random.default_rng(1).standard_normal((2, 3, 4)).astype(np.float32)
    result = getattr(Tensor(x), name)(**keywords)
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(result.data, getattr(x, name)(**keywords))


def test_reductions_of_nothing():
    assert Tensor([]).sum().data == 0.0
    with pytest.warns(RuntimeWarning):
        assert np.isnan(Tensor([]).mean().data)
    with pytest.raises(ValueError, match="zero-size"):
        Tensor([]).max()
    with pytest.raises(np.exceptions.AxisError):
        Tensor([1.0]).sum(axis=1)


def test_how_a_tensor_is_written():
    assert repr(Tensor([1.0, 2.0])) == "Tensor(data=[1. 2.], shape=(2,))"
    assert repr(Tensor([1.0], requires_grad=True)) == "Tensor(data=[1.], shape=(1,), requires_grad=True)"
    assert str(Tensor([1.0, 2.0])) == "Tensor([1. 2.])"
    assert (BYTES_PER_FLOAT32, KB_TO_BYTES, MB_TO_BYTES) == (4, 1024, 1048576)


def test_before_module_05_nothing_tracks_gradients():
    answer = ask(
        "from tinytorch.core.tensor import Tensor\n"
        "x = Tensor([[1.0]], requires_grad=True)\n"
        "answer = [r.requires_grad for r in (x + x, x @ x, x.sum(), x.reshape(1), x.transpose(), x[0])]\n"
        "answer += [x.backward(), x.grad, 'tinytorch.core.autograd' in sys.modules]"
    )
    assert answer == [False, False, False, True, True, True, None, None, False]


@pytest.mark.medium
def test_the_root_is_lazy_and_switches_autograd_on():
    answer = ask(
        "import tinytorch\n"
        "before = sorted(name for name in sys.modules if name.startswith('tinytorch'))\n"
        "Tensor = tinytorch.Tensor\n"
        "import tinytorch.core.tensor\n"
        "answer = [before, Tensor is tinytorch.core.tensor.Tensor, 'tinytorch.core.autograd' in sys.modules]\n"
        "answer += [tinytorch.__version__, hasattr(tinytorch, 'Variable'), 'numpy' in before]"
    )
    assert answer == [["tinytorch"], True, True, "0.1.0", False, False]


@pytest.mark.medium
def test_every_name_of_a_module_that_is_written_exists():
    written = [path.stem for path in (REFERENCE / "tinytorch" / "core").glob("*.py")]
    answer = ask(
        "import tinytorch\n"
        f"written = {written}\n"
        "homes = tinytorch._MODULE_OF\n"
        "names = [name for name in homes if homes[name].rpartition('.')[2] in written]\n"
        "answer = [name for name in names if not hasattr(tinytorch, name)] + ([] if len(names) > 10 else names)\n"
        "answer += sorted(set(tinytorch.__all__) - set(dir(tinytorch)))"
    )
    assert answer == []


@pytest.mark.medium
def test_a_module_that_is_not_written_yet_is_a_missing_name(tmp_path):
    package = tmp_path / "tinytorch"
    (package / "core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py", "core/tensor.py"):
        (package / name).write_text((REFERENCE / "tinytorch" / name).read_text())
    code = (
        f"sys.path.insert(0, {str(tmp_path)!r})\nimport tinytorch\n"
        "answer = [tinytorch.Tensor([2.0]).size, hasattr(tinytorch, 'Linear')]"
    )
    assert ask(code) == [1, False]
