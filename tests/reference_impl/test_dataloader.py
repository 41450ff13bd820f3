"""The reference's data loader: properties of every epoch, numbers worked out by hand, and the paths others import.

The draws come from the global generators of `random` and NumPy, as the course has it; tests that depend on them seed them.
"""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tinytorch.core.dataloader import (
    Compose,
    DataLoader,
    Dataset,
    RandomCrop,
    RandomHorizontalFlip,
    TensorDataset,
)
from tinytorch.core.tensor import Tensor

REFERENCE = Path(__file__).parents[2] / "reference_impl"


@pytest.fixture
def numbers():
    """Ten samples whose features are 10 times their label."""
    labels = np.arange(10, dtype=np.float32)
    return TensorDataset(Tensor(labels[:, None] * [10.0, 10.0]), Tensor(labels))


@pytest.mark.parametrize("methods", [{}, {"__len__": len}, {"__getitem__": len}])
def test_an_incomplete_dataset_cannot_be_made(methods):
    with pytest.raises(TypeError, match="abstract"):
        type("Incomplete", (Dataset,), methods)()


def test_rows_are_copies_without_gradients():
    data = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (row,) = TensorDataset(data)[1]
    row.data[:] = 0
    assert data.data.tolist() == [[1, 2], [3, 4]]
    assert not row.requires_grad


@pytest.mark.parametrize("shapes", [[(3,), (4,)], [(3, 2), (3,), (2, 2)]])
def test_unequal_first_axes_are_named(shapes):
    with pytest.raises(ValueError, match="equal first axes") as caught:
        TensorDataset(*[Tensor(np.zeros(shape)) for shape in shapes])
    assert all(str(shape) in str(caught.value) for shape in shapes)


def test_a_dataset_needs_tensors_with_rows():
    with pytest.raises(AssertionError, match="at least one"):
        TensorDataset()
    with pytest.raises(TypeError):
        TensorDataset(Tensor(1.0))


@pytest.mark.parametrize(
    ("index", "error"), [(10, IndexError), (-1, IndexError), (slice(2), TypeError), (None, TypeError)]
)
def test_only_indices_inside_are_taken(numbers, index, error):
    with pytest.raises(error):
        numbers[index]


@pytest.mark.parametrize("n", [0, 1, 5, 12])
@pytest.mark.parametrize("batch_size", [1, 4, 5, 20])
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_is_every_sample_once(n, batch_size, shuffle):
    dataset = TensorDataset(Tensor(np.arange(n) * 3.0), Tensor(np.arange(n)))
    loader = DataLoader(dataset, batch_size, shuffle)
    batches = list(loader)
    assert len(batches) == len(loader)
    assert all(len(labels.data) == batch_size for _, labels in batches[:-1])
    values = [v for batch, _ in batches for v in batch.data.tolist()]
    labels = [v for _, batch in batches for v in batch.data.tolist()]
    assert values == [3 * label for label in labels]
    assert (sorted(labels) if shuffle else labels) == list(range(n))


def test_the_seed_of_random_fixes_the_order(numbers):
    orders = []
    for seed in (3, 3, 4):
        random.seed(seed)
        orders.append([v for _, labels in DataLoader(numbers, 3, shuffle=True) for v in labels.data.tolist()])
    assert orders[0] == orders[1] != orders[2]


def test_an_epoch_stopped_early_disturbs_no_other(numbers):
    loader = DataLoader(numbers, 4)
    next(iter(loader))
    one, other = iter(loader), iter(loader)
    assert [next(one)[1].data.tolist(), next(other)[1].data.tolist()] == [[0, 1, 2, 3]] * 2


@pytest.mark.parametrize("part", [Tensor(2.0), np.array(2.0), np.float32(2), 2.0, 2])
def test_samples_may_hold_any_number(part):
    (batch,) = next(iter(DataLoader([(part,), [part]], batch_size=2)))
    assert batch.data.tolist() == [2, 2]
    assert batch.data.dtype == np.float32


def test_collating_nothing_and_unequal_shapes(numbers):
    loader = DataLoader(numbers, 2)
    assert loader._collate_batch([]) == ()
    with pytest.raises(ValueError, match="same shape"):
        loader._collate_batch([(np.zeros(2),), (np.zeros(3),)])


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan")])
def test_flip_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        RandomHorizontalFlip(p)


def test_flip_mirrors_below_p_and_else_gives_the_object_back():
    image = Tensor([[1.0, 2.0], [3.0, 4.0]])
    np.random.seed(0)
    draws = np.random.random(50)
    np.random.seed(0)
    flip = RandomHorizontalFlip(0.4)
    results = [flip(image) for _ in range(50)]
    assert [result is not image for result in results] == (draws < 0.4).tolist()
    assert all(result.data.tolist() == [[2, 1], [4, 3]] for result in results if result is not image)


def test_flipped_array_is_a_writable_copy():
    image = np.arange(6, dtype=np.int16).reshape(2, 3)
    mirrored = RandomHorizontalFlip(1)(image)
    mirrored[:] = 0
    assert mirrored.dtype == np.int16
    assert image.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.medium
@pytest.mark.parametrize("shape", [(6, 7), (3, 6, 7), (6, 7, 3), (4, 6, 7), (5, 7, 4)])
@pytest.mark.parametrize("size", [(2, 3), (6, 7), (7, 9)])
def test_crops_are_windows_of_the_padded_image(shape, size):
    image = np.arange(1, np.prod(shape) + 1).reshape(shape)
    first = 1 if len(shape) == 3 and shape[0] <= 4 else 0
    padded = np.pad(image, [(2, 2) if axis in (first, first + 1) else (0, 0) for axis in range(len(shape))])
    before = (slice(None),) * first
    places = {
        padded[(*before, slice(r, r + size[0]), slice(c, c + size[1]))].tobytes()
        for r in range(padded.shape[first] - size[0] + 1)
        for c in range(padded.shape[first + 1] - size[1] + 1)
    }
    crop = RandomCrop(size, padding=2)
    np.random.seed(8)
    assert {crop(image).tobytes() for _ in range(1000)} == places  # at most 81 of them


@pytest.mark.parametrize("shape", [(6,), (1, 1, 6, 6)])
def test_crop_refuses_other_ranks(shape):
    with pytest.raises(ValueError, match=r"got shape"):
        RandomCrop(2)(np.zeros(shape))


@pytest.mark.parametrize("size", [(9, 4), (4, 9)])
def test_crop_refuses_a_window_larger_than_the_padded_image(size):
    with pytest.raises(ValueError, match="cannot cut"):
        RandomCrop(size, padding=1)(np.zeros((6, 6)))


def test_crop_keeps_what_it_was_told():
    assert (RandomCrop(5).size, RandomCrop(5).padding, RandomCrop([2, 3], 0).size) == ((5, 5), 4, (2, 3))


def test_compose_goes_left_to_right_and_may_be_empty():
    assert Compose([lambda x: x + 1, lambda x: x * 10])(2) == 30
    thing = object()
    assert Compose([])(thing) is thing


def test_all_paths_give_the_same_classes_and_the_module_leaves_autograd_alone():
    program = (
        "import sys, tinytorch.core.dataloader as home, tinytorch.data.loader as former\n"
        "assert 'tinytorch.core.autograd' not in sys.modules\n"
        "import tinytorch\n"
        "for name in former.__all__:\n"
        "    assert getattr(home, name) is getattr(former, name) is getattr(tinytorch, name), name\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=REFERENCE, check=True)
