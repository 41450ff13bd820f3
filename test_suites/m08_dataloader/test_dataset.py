"""Dataset, the abstract base, and TensorDataset, which keeps tensors row by row (26 points)."""

import numpy as np
import pytest
from arrays import ordinary, whole
from asserts import assert_close, assert_dtype, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.dataloader import Dataset, TensorDataset
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # float32 values are only copied


@in_candidate
def outcome_of(*methods):
    """Make a subclass of Dataset with these methods, of "len" and "getitem", and one instance; say what happened."""
    bodies = {"len": ("__len__", lambda self: 3), "getitem": ("__getitem__", lambda self, idx: (idx,))}
    subclass = type("Numbers", (Dataset,), dict(bodies[name] for name in methods))
    try:
        subclass()
    except Exception as error:
        return type(error).__name__
    return "accepted"


@in_candidate
def complete_ones():
    """Say what happened to a complete subclass made here, and whether TensorDataset, another, is a Dataset with samples."""
    dataset = TensorDataset(Tensor([[1.0], [2.0], [3.0]]), Tensor([7.0, 8.0, 9.0]))
    return outcome_of("len", "getitem"), isinstance(dataset, Dataset), float(dataset[1][0].data[0])


@number("1.1")
@weight(1)
def test_dataset_itself_cannot_be_made():
    """Dataset is abstract: a subclass without methods raises TypeError, complete ones such as TensorDataset do not."""
    hint = "Inherit from ABC and mark both methods with @abstractmethod: Python then refuses by itself."
    assert_equal(outcome_of(), "TypeError", call="a subclass of Dataset without methods", hint=hint)
    assert_equal(complete_ones(), ("accepted", True, 2.0), call="two complete subclasses of Dataset")


@number("1.1")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("method", ["len", "getitem"])
def test_incomplete_subclass_is_refused(method):
    """A subclass of Dataset with only one of the two methods raises TypeError, complete ones do not."""
    call = f"a subclass of Dataset with only __{method}__"
    assert_equal(outcome_of(method), "TypeError", call=call, hint="Mark both methods with @abstractmethod.")
    assert_equal(complete_ones(), ("accepted", True, 2.0), call="two complete subclasses of Dataset")


@in_candidate
def squares(n):
    """Return what a complete subclass of Dataset answers: its length, some samples, and whether it is a Dataset."""

    class Squares(Dataset):
        def __len__(self):
            return n

        def __getitem__(self, idx):
            return idx, idx * idx

    dataset = Squares()
    return len(dataset), [dataset[0], dataset[n - 1]], isinstance(dataset, Dataset)


@number("1.2")
@weight(3)
def test_complete_subclass_answers_len_and_indexing():
    """Complete subclasses of Dataset, TensorDataset among them, answer len and indexing."""
    hint = "Dataset only says which methods are needed; it must not stand in the way of subclasses that have them."
    assert_equal(squares(6), (6, [(0, 0), (5, 25)], True), call="a subclass of Dataset with both methods", hint=hint)
    assert_equal(complete_ones(), ("accepted", True, 2.0), call="two complete subclasses of Dataset", hint=hint)


@number("1.3")
@weight(4)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_dataset_of_several_tensors(rng, count):
    """TensorDataset of one to four tensors: its length, and a tuple of as many Tensors for a sample."""
    arrays = [ordinary(rng, 5, k + 1) for k in range(count)]
    dataset = TensorDataset(*[Tensor(array) for array in arrays])
    call = f"TensorDataset of {count} tensor(s) with 5 rows"
    assert_equal(len(dataset), 5, call=f"len of {call}", hint="The length is that of the first axis.")
    sample = dataset[2]
    assert isinstance(sample, tuple), f"A sample of {call} should be a tuple, even of one part; it is no tuple."
    kinds = [isinstance(part, Tensor) for part in sample]
    assert_equal(kinds, [True] * count, call=f"which parts of a sample of {call} are Tensors")
    for part, array in zip(sample, arrays, strict=True):
        assert_close(part.data, array[2], **EXACT, call=f"sample 2 of {call}")


@number("1.4")
@weight(2.4)
@pytest.mark.parametrize("shape", [(6,), (4, 3), (3, 2, 4, 4)], ids=["1-D", "2-D", "4-D"])
def test_samples_are_rows(rng, shape):
    """TensorDataset[i] holds row i of a 1-D, a 2-D and a 4-D tensor, as float32."""
    array = ordinary(rng, *shape)
    dataset = TensorDataset(Tensor(array), Tensor(whole(rng, shape[0])))
    for i in range(shape[0]):
        row, _ = dataset[i]
        call = f"features of TensorDataset(Tensor of shape {shape}, labels)[{i}]"
        assert_close(row.data, array[i], **EXACT, dtype=np.float32, call=call, hint="Index the first axis only.")


@number("1.4")
@weight(1.6)
@visibility("hidden")
def test_a_label_has_no_axis(rng):
    """The label of a sample has shape (), is float32, and stands beside its own features."""
    features, labels = ordinary(rng, 4, 2), whole(rng, 4)
    dataset = TensorDataset(Tensor(features), Tensor(labels))
    for i in range(4):
        row, label = dataset[i]
        assert_close(row.data, features[i], **EXACT, call=f"features of sample {i}")
        hint = "A row of a 1-D tensor is a single number: do not wrap it in a list."
        assert_close(label.data, np.array(labels[i]), **EXACT, call=f"label of sample {i}", hint=hint)
        assert_dtype(label.data, np.float32, call=f"label of sample {i}")


@number("1.5")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("lengths", [(4, 5), (5, 4), (5, 5, 4), (4, 5, 5)])
def test_unequal_lengths_are_refused(rng, lengths):
    """Tensors of different length raise ValueError, also when only the third differs; equal ones are accepted."""
    with pytest.raises(ValueError):  # noqa: PT011  its words are the student's
        TensorDataset(*[Tensor(ordinary(rng, n, 2)) for n in lengths])
    dataset = TensorDataset(*[Tensor(ordinary(rng, 5, k + 1)) for k in range(len(lengths))])
    hint = "Compare the first axis of every tensor with that of the first."
    assert_equal(len(dataset), 5, call=f"len of TensorDataset of {len(lengths)} tensors with 5 rows", hint=hint)


@number("1.6")
@weight(2)
@visibility("hidden")
def test_no_tensors_are_refused(rng):
    """TensorDataset() without tensors raises AssertionError (or ValueError); with two it works."""
    with pytest.raises((AssertionError, ValueError)):
        TensorDataset()
    rows = ordinary(rng, 3, 2)
    dataset = TensorDataset(Tensor(rows), Tensor(whole(rng, 3)))
    assert_equal(len(dataset), 3, call="len(TensorDataset(x, labels)), x of shape (3, 2)")
    assert_close(dataset[1][0].data, rows[1], **EXACT, call="TensorDataset(x, labels)[1][0].data", given={"x": rows})


@number("1.7")
@weight(2)
@pytest.mark.parametrize("index", [5, -1, 6, -5], ids=["n", "-1", "n+1", "-n"])
def test_index_outside_is_refused(rng, index):
    """Index n and index -1 raise IndexError; 0 and n - 1 do not."""
    array = ordinary(rng, 5, 2)
    dataset = TensorDataset(Tensor(array), Tensor(whole(rng, 5)))
    with pytest.raises(IndexError):
        dataset[index]
    for i in (0, 4):
        assert_close(dataset[i][0].data, array[i], **EXACT, call=f"TensorDataset of 5 rows, [{i}]")


@number("1.7")
@weight(2)
@visibility("hidden")
def test_a_loop_over_the_dataset_ends(rng):
    """A plain `for` over a TensorDataset gives its n samples and stops."""
    array = whole(rng, 4, 3)
    rows = []
    for sample in TensorDataset(Tensor(array), Tensor(whole(rng, 4))):
        rows.append(sample[0].data)
        assert len(rows) <= 4, "A loop over a TensorDataset of 4 rows went on: index 4 should raise IndexError."
    assert_close(rows, array, **EXACT, call="the rows of a loop over TensorDataset")


@in_candidate
def rows_after_a_write(array):
    """Overwrite a sample's data; return the sample as read again, and the dataset's tensor."""
    dataset = TensorDataset(Tensor(array), Tensor(np.zeros(len(array))))
    dataset[1][0].data[:] = 99.0
    return dataset[1][0].data, dataset.tensors[0].data


@number("1.8")
@weight(2)
@visibility("hidden")
def test_a_sample_is_a_copy(rng):
    """Writing into a sample's data leaves the dataset unchanged."""
    array = ordinary(rng, 3, 2)
    row, kept = rows_after_a_write(array)
    hint = "A sample must not share memory with the dataset: wrap the row in a new Tensor, which copies."
    assert_close(row, array[1], **EXACT, call="dataset[1] after its data was overwritten", hint=hint)
    assert_close(kept, array, **EXACT, call="dataset.tensors[0] after a sample was overwritten", hint=hint)
