"""DataLoader: how many batches, which samples in which order, and what a batch is (38 points).

Most loaders here read a plain list of samples, so that a mistake in TensorDataset costs nothing in this file.
"""

import random

import numpy as np
import pytest
from arrays import ordinary, whole
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # float32 values are only copied


@in_candidate
def loader_of(features, labels, batch_size, *shuffle):
    """Return a DataLoader over a list of (Tensor, Tensor) samples."""
    samples = [(Tensor(feature), Tensor(label)) for feature, label in zip(features, labels, strict=True)]
    return DataLoader(samples, batch_size, *shuffle)


def epoch(loader):
    """Return the batches of one epoch as lists of arrays."""
    return [[part.data for part in batch] for batch in loader]


def labels_of(batches):
    """Return the labels of an epoch in the order in which they came, as whole numbers."""
    return [int(label) for batch in batches for label in batch[1]]


def numbered(rng, n):
    """Return n rows of features and the labels 0..n-1."""
    return ordinary(rng, n, 3), np.arange(n, dtype=np.float32)


@number("2.1")
@weight(4)
@pytest.mark.parametrize(("n", "batch_size"), [(12, 4), (10, 4), (3, 8), (7, 1), (5, 5), (0, 4), (9, 10), (1, 1)])
def test_number_of_batches(n, batch_size):
    """len(loader) is n / batch_size rounded up, 0 for an empty dataset."""
    first = next(iter(DataLoader([(np.full(2, 7.5, np.float32),)] * 4, 2)))
    assert_close(first[0].data, np.full((2, 2), 7.5), rtol=0, atol=0, call="first batch of 4 samples, batch_size=2")
    found = len(DataLoader([(np.zeros(2, np.float32),)] * n, batch_size))
    expected = sum(1 for _ in range(0, n, batch_size))
    hint = "Count the shorter last batch, and no batch where nothing is left."
    assert_equal(found, expected, call=f"len(DataLoader({n} samples, batch_size={batch_size}))", hint=hint)


@number("2.2")
@weight(5)
@pytest.mark.parametrize(("n", "batch_size"), [(12, 4), (9, 3)])
def test_unshuffled_batches_keep_the_order(rng, n, batch_size):
    """Without shuffling, the batches one after the other are the dataset, features and labels."""
    features, labels = numbered(rng, n)
    batches = epoch(loader_of(features, labels, batch_size))
    call = f"the batches of DataLoader({n} samples, batch_size={batch_size})"
    assert_equal(len(batches), -(-n // batch_size), call=f"number of {call}")
    found = [np.concatenate([batch[k] for batch in batches]) for k in (0, 1)]
    hint = "Take indices 0, 1, 2, ... in runs of batch_size."
    assert_close(found[1], labels, **EXACT, call=f"labels of {call}", hint=hint)
    assert_close(found[0], features, **EXACT, call=f"features of {call}", hint=hint)


@number("2.2")
@weight(2)
@visibility("hidden")
def test_unshuffled_is_the_default_and_can_be_said(rng):
    """shuffle=False and no shuffle argument both give the dataset's order, over a TensorDataset too."""
    features, labels = numbered(rng, 20)
    dataset = TensorDataset(Tensor(features), Tensor(labels))
    for loader in (DataLoader(dataset, batch_size=5), DataLoader(dataset, 5, shuffle=False)):
        assert_equal(labels_of(epoch(loader)), list(range(20)), call="labels of DataLoader(dataset, 5)")


@number("2.3")
@weight(5)
@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 8, [3]), (7, 6, [6, 1]), (0, 3, [])]
)
def test_size_of_every_batch(rng, n, batch_size, sizes):
    """The last batch holds what is left; an exact multiple has no empty batch at its end."""
    found = [[len(part) for part in batch] for batch in epoch(loader_of(*numbered(rng, n), batch_size))]
    one = [[len(part) for part in batch] for batch in epoch(loader_of(*numbered(rng, 1), batch_size))]
    hint = "Do not drop or fill up the last batch, and stop when no sample is left."
    call = f"batch sizes of DataLoader({n} samples, batch_size={batch_size})"
    assert_equal(found, [[size, size] for size in sizes], call=call, hint=hint)
    assert_equal(one, [[1, 1]], call=f"batch sizes of DataLoader(1 sample, batch_size={batch_size})", hint=hint)


@number("2.4")
@weight(2)
def test_a_batch_is_a_tuple_of_tensors(rng):
    """A batch is a tuple of Tensors: features (b, F) and labels (b,), float32."""
    features, labels = numbered(rng, 6)
    batch = next(iter(loader_of(features, labels, 4)))
    assert isinstance(batch, tuple), "A batch should be a tuple with one entry per part of a sample; it is no tuple."
    kinds = [isinstance(part, Tensor) for part in batch]
    assert_equal(kinds, [True, True], call="which entries of a batch are Tensors", hint="Wrap each stack in a Tensor.")
    hint = "Stack the samples' parts along a new first axis."
    assert_close(batch[0].data, features[:4], **EXACT, dtype=np.float32, call="features of the first batch", hint=hint)
    assert_close(batch[1].data, labels[:4], **EXACT, dtype=np.float32, call="labels of the first batch", hint=hint)


@number("2.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 2, 2), (4, 3), (1,)])
def test_batches_of_images(rng, shape):
    """Samples of shape (C, H, W) give batches (b, C, H, W); a part of one number in a list keeps its axis."""
    images, labels = ordinary(rng, 6, *shape), whole(rng, 6)
    batch = epoch(loader_of(images, labels, 3))[1]
    assert_shape(batch[0], (3, *shape), call=f"the second batch of 6 samples of shape {shape}, batch_size=3")
    assert_close(batch[0], images[3:], **EXACT, dtype=np.float32, call=f"batch of samples of shape {shape}")


@number("2.5")
@weight(6)
@pytest.mark.parametrize(("n", "batch_size"), [(30, 6), (24, 8)])
def test_shuffling_keeps_samples_whole(rng, n, batch_size):
    """Shuffled: every sample comes exactly once, each feature row beside its own label."""
    features, labels = numbered(rng, n)
    batches = epoch(loader_of(features, labels, batch_size, True))
    call = f"DataLoader({n} samples, batch_size={batch_size}, shuffle=True)"
    order = labels_of(batches)
    hint = "Shuffle one list of indices, and use it for every part of a sample."
    assert_equal(sorted(order), list(range(n)), call=f"sorted labels of {call}", hint=hint)
    found = np.concatenate([batch[0] for batch in batches])
    assert_close(found, features[order], **EXACT, call=f"features of {call}, in the order of its labels", hint=hint)


@number("2.6")
@weight(2)
def test_every_epoch_has_an_order_of_its_own(rng):
    """Shuffled: two epochs of one loader over 100 samples differ, and each is complete."""
    loader = loader_of(*numbered(rng, 100), 20, True)
    first, second = labels_of(epoch(loader)), labels_of(epoch(loader))
    call = "two epochs of DataLoader(100 samples, 20, shuffle=True)"
    assert_equal([sorted(first), sorted(second)], [list(range(100))] * 2, call=f"sorted labels of {call}")
    hint = "Shuffle when an epoch begins (in __iter__), not once in the constructor."
    assert first != second, f"{call} came in the same order. {hint}"


@number("2.6")
@weight(1)
@visibility("hidden")
def test_unshuffled_epochs_are_equal(rng):
    """Unshuffled: a second epoch of the same loader gives the same batches again."""
    loader = loader_of(*numbered(rng, 12), 4)
    found = [labels_of(epoch(loader)) for _ in range(3)]
    hint = "Each iteration starts again from the first sample: keep no position on the loader."
    assert_equal(found, [list(range(12))] * 3, call="labels of three epochs of one loader", hint=hint)


@in_candidate
def seeded_order(seed, n):
    """Seed Python's random module, and return the order in which a new shuffling loader gives n samples."""
    random.seed(seed)
    samples = [(Tensor(float(i)),) for i in range(n)]
    return [float(value) for batch in DataLoader(samples, 10, shuffle=True) for value in batch[0].data]


@number("2.7")
@weight(3)
@visibility("hidden")
def test_the_seed_fixes_the_order(rng):
    """random.seed fixes the order across two loaders; another seed changes it."""
    seed = int(rng.integers(1, 10**6))
    first, again, other = seeded_order(seed, 50), seeded_order(seed, 50), seeded_order(seed + 1, 50)
    assert_equal(sorted(first), [float(i) for i in range(50)], call="sorted samples of a shuffled epoch")
    hint = "Shuffle with random.shuffle of Python's random module."
    assert_equal(again, first, call="the order of a second loader after the same random.seed", hint=hint)
    assert other != first, f"Another random.seed gave the same order of 50 samples. {hint}"


@number("2.8")
@weight(1)
@visibility("hidden")
def test_shuffling_leaves_the_dataset_in_order(rng):
    """A shuffled epoch leaves the dataset and its tensors as they were."""
    features, labels = numbered(rng, 40)
    dataset = TensorDataset(Tensor(features), Tensor(labels))
    order = labels_of(epoch(DataLoader(dataset, 8, shuffle=True)))
    assert_equal(sorted(order), list(range(40)), call="sorted labels of the shuffled epoch")
    hint = "Shuffle indices, never the data."
    for kept, array in zip(dataset.tensors, (features, labels), strict=True):
        assert_close(kept.data, array, **EXACT, call="dataset.tensors after a shuffled epoch", hint=hint)
    assert_equal([int(dataset[i][1].data) for i in range(40)], list(range(40)), call="labels of dataset[0], [1], ...")


@number("2.8")
@weight(1)
@visibility("hidden")
def test_two_iterators_do_not_disturb_each_other(rng):
    """Two iterators over one loader, taken in turn, each give the whole epoch."""
    loader = loader_of(*numbered(rng, 9), 3)
    found = [[], []]
    for one, other in zip(iter(loader), iter(loader), strict=True):
        found[0] += labels_of([[part.data for part in one]])
        found[1] += labels_of([[part.data for part in other]])
    hint = "Write __iter__ as a generator (with yield): each call then keeps its own position."
    assert_equal(found, [list(range(9))] * 2, call="two iterators over one loader", hint=hint)


@number("2.9")
@weight(1)
@visibility("hidden")
def test_samples_of_arrays_and_scalars(rng):
    """A list of (array, NumPy scalar) pairs is a dataset too."""
    features, labels = ordinary(rng, 6, 2), whole(rng, 6)
    samples = [(features[i], labels[i]) for i in range(6)]
    batches = epoch(DataLoader(samples, 2))
    for k, array in enumerate((features, labels)):
        found = np.concatenate([batch[k] for batch in batches])
        hint = "np.stack takes arrays and NumPy scalars as they are; only a Tensor needs its .data."
        assert_close(found, array, **EXACT, dtype=np.float32, call=f"part {k} of the batches", hint=hint)


@number("2.9")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("count", [1, 3])
def test_samples_of_one_and_of_three_parts(rng, count):
    """A batch has as many entries as a sample has parts."""
    arrays = [ordinary(rng, 5, k + 2) for k in range(count)]
    dataset = [tuple(Tensor(array[i]) for array in arrays) for i in range(5)]
    first = next(iter(DataLoader(dataset, 4)))
    assert_equal(len(first), count, call=f"len of a batch of samples with {count} part(s)")
    for part, array in zip(first, arrays, strict=True):
        assert_close(part.data, array[:4], **EXACT, call=f"batch of samples with {count} part(s)")


@in_candidate
def samples_asked_for(n, batch_size, batches):
    """Return how many samples a loader fetches when it is made, and up to each of the first batches."""

    class Counting:
        fetched = 0

        def __len__(self):
            return n

        def __getitem__(self, idx):
            if not 0 <= idx < n:
                raise IndexError(idx)
            self.fetched += 1
            return (Tensor(float(idx)),)

    dataset = Counting()
    loader = DataLoader(dataset, batch_size, shuffle=True)
    counts = [len(loader), dataset.fetched]
    iterator = iter(loader)
    for _ in range(batches):
        next(iterator)
        counts.append(dataset.fetched)
    return counts


@number("2.10")
@weight(2)
def test_samples_are_fetched_when_their_batch_is_asked_for():
    """Taking one batch fetches exactly batch_size samples; none are fetched before."""
    found = samples_asked_for(48, 8, 3)
    hint = "Fetch dataset[i] inside the loop that yields the batches: a dataset may be larger than memory."
    call = "len of a loader (48 samples, 8 a batch), samples fetched before and after batches 1, 2 and 3"
    assert_equal(found, [6, 0, 8, 16, 24], call=call, hint=hint)
