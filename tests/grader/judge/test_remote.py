"""Remote names and objects behave as the student's own do in one process, and refuse what only a value can answer."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import SuiteError
from grader.judge import remote
from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateRaised, RemoteMisuse, raised
from tests.grader.judge.local_candidate import local_candidate

STUDENT = '''
"""A student's module with one of everything that natural tests touch."""
import numpy as np

LIMIT = 4
TABLE = {"a": 1, "b": [1, 2]}


class Tensor:
    __private = 3
    __array_ufunc__ = None

    def __init__(self, data):
        self.data = np.array(data, dtype=np.float32)
        self.grad = None
        self._grad_fn = self.__init__

    @property
    def shape(self):
        return self.data.shape

    def __add__(self, other):
        return Tensor(self.data + (other.data if isinstance(other, Tensor) else other))

    def __radd__(self, other):
        return self + other

    def __matmul__(self, other):
        return Tensor(self.data @ other.data)

    def __neg__(self):
        return Tensor(-self.data)

    def __iadd__(self, other):
        self.data += other
        return self

    def __getitem__(self, key):
        return Tensor(self.data[key])

    def __setitem__(self, key, value):
        self.data[key] = value

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        return f"Tensor({self.data})"

    def __float__(self):
        return float(self.data)

    def me(self):
        return self

    def mixed(self):
        return [self, 1, {"t": self}, (self.data, None)]

    def sum(self, axis=None, *, keepdims=False):
        return Tensor(self.data.sum(axis=axis, keepdims=keepdims))

    def fill(self, array):
        array[0] = 9.0
        return array


class Layer(Tensor):
    def forward(self, x):
        return x

    def __call__(self, x, scale=1.0):
        return self.forward(x) + scale


class no_grad:
    depth = 0

    def __enter__(self):
        no_grad.depth += 1
        return self

    def __exit__(self, kind, value, trace):
        no_grad.depth -= 1
        return kind is KeyError


class ShapeError(ValueError):
    pass


def fail(kind):
    if kind == "shape":
        raise ShapeError("Inner dimensions must match: 2 ≠ 3")
    if kind == "axis":
        np.zeros(3).sum(axis=5)
    raise {"key": KeyError, "type": TypeError, "stop": StopIteration}[kind]("no " + kind)


def count(n):
    yield from range(n)


def say(text):
    print(text)


def scalars():
    return np.float32(1.5), np.array(1.5), 1.5, np.int64(3)
'''
SUITE = """
import numpy as np
from functools import partial
from marks import in_candidate
from student import LIMIT, Layer, Tensor

OFFSET = 2


@in_candidate
def doubled(array):
    return Tensor(array).data * OFFSET


@in_candidate
def aliased(array):
    t = Tensor(array)
    view = t.data
    view[0] = 7
    return bool(np.shares_memory(view, t.data)), t.data


@in_candidate
def subclassed(x):
    class Twice(Layer):
        def forward(self, x):
            return x + x

    return Twice(0)(doubled(x)[0], scale=0.0).data


class Own:
    pass


@in_candidate
def impossible():
    return Own


def test_nothing():
    pass
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Connection]:
    (tmp_path / "student.py").write_text(STUDENT)
    finder = remote.RemoteFinder(["student"])
    sys.meta_path.insert(0, finder)
    try:
        with local_candidate(tmp_path, "student") as connection:
            yield connection
    finally:
        sys.meta_path.remove(finder)
        sys.modules.pop("student", None)


@pytest.fixture
def student(session: Connection) -> Any:
    import student  # type: ignore[import-not-found]

    return student


def test_values_come_back_by_value_and_objects_by_reference(student: Any) -> None:
    t = student.Tensor([[1.0, 2.0]])
    assert t.shape == (1, 2)
    assert type(t.data) is np.ndarray
    assert t.data.dtype == np.float32
    assert t.grad is None
    assert type(t).__name__ == "Tensor"
    assert isinstance(t, remote.RemoteObject)


def test_arrays_of_both_sides_are_written_to_on_both(student: Any) -> None:
    t = student.Tensor([1.0, 2.0])
    t.data[0] = 5
    assert (t + t).data.tolist() == [10, 4]
    mine = np.zeros(2)
    assert t.fill(mine) is mine
    assert mine[0] == 9.0


def test_operators_cross_in_both_directions(student: Any) -> None:
    t = student.Tensor([1.0, 2.0])
    assert (t + t).data.tolist() == [2, 4]
    assert (t + 1).data.tolist() == [2, 3]
    assert (1 + t).data.tolist() == [2, 3]
    assert (np.array([1.0, 1.0]) + t).data.tolist() == [2, 3]
    assert (-t).data.tolist() == [-1, -2]
    assert (t @ t).data == 5
    with pytest.raises(TypeError):
        t - t


def test_an_in_place_operator_keeps_the_identity(student: Any) -> None:
    t = student.Tensor([1.0])
    same = t
    t += 1
    assert t is same
    assert t.data.tolist() == [2]


def test_the_same_object_is_the_same_here(student: Any) -> None:
    t = student.Tensor([1.0])
    assert t.me() is t
    parts = t.mixed()
    assert parts[0] is t
    assert parts[2]["t"] is t
    assert parts[1] == 1
    assert parts[3][1] is None


def test_attributes_are_written_deleted_and_probed_at_depth(student: Any) -> None:
    layer = student.Layer([0.0])
    layer.weight = student.Tensor([1.0, 2.0])
    layer.weight.data = np.array([3.0, 4.0])
    assert layer.weight.data.tolist() == [3, 4]
    assert hasattr(layer, "weight")
    assert hasattr(layer, "_grad_fn")
    assert not hasattr(layer, "bias")
    del layer.weight
    assert not hasattr(layer, "weight")
    assert layer._Tensor__private == 3


def test_attributes_are_not_cached(student: Any) -> None:
    layer = student.Layer([0.0])
    assert layer(3.0) == 4.0
    layer.forward = student.Tensor
    assert layer(3.0).data == 4.0


def test_items_slices_masks_and_ellipsis_cross(student: Any) -> None:
    t = student.Tensor(np.arange(6.0).reshape(2, 3))
    assert t[0, ::2].data.tolist() == [0, 2]
    assert t[..., 1].data.tolist() == [1, 4]
    assert t[np.array([True, False])].data.tolist() == [[0, 1, 2]]
    assert t[None].shape == (1, 2, 3)
    t[0] = 9.0
    assert t[0].data.tolist() == [9, 9, 9]
    assert t.sum(axis=1, keepdims=True).shape == (2, 1)
    assert len(t) == 2


def test_iteration_works_by_protocol_and_by_index_error_and_twice_at_once(student: Any) -> None:
    first, second = iter(student.count(3)), iter(student.count(3))
    assert [next(first), next(second), next(first)] == [0, 0, 1]
    assert list(student.count(3)) == [0, 1, 2]
    assert [row.data.tolist() for row in student.Tensor([[1.0], [2.0]])] == [[1], [2]]


def test_context_managers_enter_exit_and_swallow_what_they_say(student: Any) -> None:
    with student.no_grad() as inner:
        assert inner.depth == 1
        assert student.no_grad.depth == 1
    with student.no_grad():
        student.fail("key")
    with pytest.raises(ValueError, match="2 ≠ 3"), student.no_grad():
        student.fail("shape")
    assert student.no_grad.depth == 0


def test_a_context_manager_swallows_nothing_of_the_tests_own(student: Any) -> None:
    for deed, kind in ((lambda: {}["the test's own"], KeyError), (fails, KeyError)):
        with pytest.raises(kind, match="the test's own"), student.no_grad():
            deed()
    with pytest.raises(AssertionError, match="the test's own"), student.no_grad():
        raise AssertionError("the test's own")
    assert student.no_grad.depth == 0


def fails() -> None:
    raise KeyError("the test's own")


def test_a_context_manager_swallows_what_the_body_itself_raises(student: Any) -> None:
    with student.no_grad():
        raise KeyError("the body's own")
    with student.no_grad():
        {}["what Python itself raises there"]


def test_classes_answer_isinstance_and_issubclass(student: Any) -> None:
    layer = student.Layer([0.0])
    assert isinstance(layer, student.Tensor)
    assert isinstance(layer, student.Layer)
    assert not isinstance(student.Tensor(1.0), student.Layer)
    assert not isinstance(3, student.Tensor)
    assert issubclass(student.Layer, student.Tensor)
    assert student.Layer.__name__ == "Layer"


def test_exceptions_keep_their_built_in_types_message_and_lines(student: Any) -> None:
    with pytest.raises(ValueError, match="2 ≠ 3") as caught:
        student.fail("shape")
    assert type(caught.value).__name__ == "ShapeError"
    assert isinstance(caught.value, CandidateRaised)
    known = raised(caught.value)
    assert known is not None
    file, line, function, code = known.frames[-1]
    assert (file, function) == ("student.py", "fail")
    assert STUDENT.splitlines()[line - 1].strip() == code
    for kind, error in (("key", KeyError), ("type", TypeError), ("axis", ValueError), ("axis", IndexError)):
        with pytest.raises(error):
            student.fail(kind)


def test_scalars_keep_their_kinds(student: Any) -> None:
    assert [type(value) for value in student.scalars()] == [np.float32, np.ndarray, float, np.int64]
    assert float(student.Tensor(2.5)) == 2.5


def test_a_name_that_stands_for_a_value_behaves_like_it(session: Connection) -> None:
    limit = remote.RemoteName("student", "LIMIT")
    assert limit == 4
    assert limit + 1 == 5
    assert limit < 5
    assert [10, 20, 30, 40, 50][limit] == 50
    assert remote.RemoteName("student", "TABLE")["b"] == [1, 2]


@pytest.mark.medium
@pytest.mark.parametrize(
    "deed",
    [
        lambda t: np.asarray(t),
        lambda t: t.add(sys),
    ],
)
def test_what_only_a_value_can_answer_is_refused(student: Any, deed: Any) -> None:
    with pytest.raises((RemoteMisuse, AttributeError)) as caught:
        deed(student.Tensor([1.0]))
    assert not isinstance(caught.value, TypeError)


def test_an_object_without_a_comparison_is_unequal_to_every_value(student: Any) -> None:
    tensor = student.Tensor([1.0])
    assert tensor != 3
    assert tensor not in [1, 2]


def test_an_object_of_an_earlier_test_is_refused(tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text(STUDENT)
    with local_candidate(tmp_path, "student"):
        old = remote.RemoteName("student", "Tensor")([1.0])
    with local_candidate(tmp_path, "student"):
        with pytest.raises(RemoteMisuse, match="earlier test"):
            old.me()
        with pytest.raises(RemoteMisuse, match="earlier test"):
            remote.RemoteName("student", "Tensor")([1.0]) + old


def test_printing_is_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text(STUDENT)
    with local_candidate(tmp_path, "student") as connection:
        say = remote.RemoteName("student", "say")
        say("hello")
        say("ünïcode")
    assert connection.output.decode() == "hello\nünïcode\n"


@pytest.fixture
def suite(session: Connection, tmp_path: Path) -> Any:
    import importlib.util

    marks: Any = type(sys)("marks")
    marks.in_candidate = remote.RemoteFunction
    sys.modules["marks"] = marks
    path = tmp_path / "suite_of_this_test.py"
    path.write_text(SUITE)
    spec = importlib.util.spec_from_file_location("suite_of_this_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules["marks"], sys.modules[spec.name]


def test_functions_marked_in_candidate_run_beside_the_students_code(suite: Any) -> None:
    assert suite.doubled(np.array([1.0, 2.0])).tolist() == [2, 4]
    shared, data = suite.aliased(np.array([1.0, 2.0]))
    assert shared is True
    assert data.tolist() == [7, 2]
    assert suite.subclassed(np.array([1.0])).tolist() == 4.0


def test_a_function_that_uses_a_class_of_the_judge_is_refused(suite: Any) -> None:
    with pytest.raises(SuiteError, match="uses Own"):
        suite.impossible()
