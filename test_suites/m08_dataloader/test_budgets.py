"""Cost against the reference: an epoch's time and memory, a loader's length, augmentation (14 points)."""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.dataloader import Compose, DataLoader, RandomCrop, RandomHorizontalFlip, TensorDataset
from tinytorch.core.tensor import Tensor

N, BATCH = 10_000, 64


def samples(rng, features=100):
    """N rows of features, the number of each row, and weights that sum a row up."""
    return ordinary(rng, N, features), np.arange(N, dtype=np.float32), ordinary(rng, features)


@in_candidate
def shuffling_loader(features, numbers, weights):
    """Build, unmeasured, a loader of batches of 64."""
    return DataLoader(TensorDataset(Tensor(features), Tensor(numbers)), 64, shuffle=True), weights


@in_candidate
def one_epoch(state):
    """Return each batch's length, each row's weighted sum at the row's number, and how often a step repeats the last.

    In a shuffled order the next step is hardly ever the last one again; in a sorted or a strided order it always is.
    """
    loader, weights = state
    lengths, order, sums = [], [], np.full(10_000, np.nan, dtype=np.float32)
    for features, numbers in loader:
        lengths.append(len(features.data))
        order.append(numbers.data.astype(np.int32))
        sums[order[-1]] = features.data @ weights
    repeated = np.diff(np.concatenate(order), 2) == 0
    return np.concatenate([lengths, sums, [repeated.mean()]])


def full_epoch(features, numbers, weights):
    """Batches of 64 and one of 16, the sum of every row, and no pattern in the order."""
    return np.concatenate([[BATCH] * (N // BATCH), [N % BATCH], features @ weights.astype(np.float64), [0.0]])


@number("4.1")
@weight(5)
@budget(cpu=3.0)
def test_epoch_budget(measure):
    """A shuffled epoch of 10,000 samples costs at most 3 times the reference."""
    # Of 10,000 steps about one repeats the step before by chance: a share of 1e-4.
    measure(one_epoch, setup=shuffling_loader, inputs=samples, answer=full_epoch, atol=5e-3)


@number("4.2")
@weight(4)
@visibility("hidden")
@budget(memory=3.0)
def test_epoch_memory_budget(measure):
    """A shuffled epoch whose batches are dropped as they come needs at most 3 times the reference's memory."""
    # Wide rows: all batches at once are 16 MB, beside which what any epoch needs is little.
    measure(one_epoch, setup=shuffling_loader, inputs=lambda rng: samples(rng, 400), answer=full_epoch, atol=5e-3)


@in_candidate
def long_dataset(n, batch_size):
    """Build, unmeasured, a dataset of n samples that exist only when they are asked for."""

    class Numbers:
        def __len__(self):
            return n

        def __getitem__(self, idx):
            return (Tensor(float(idx)),)

    few = [(Tensor(float(idx)),) for idx in range(6)]
    first = next(iter(DataLoader(few, 3)))[
        0
    ].data  # not measured: lengths alone, of a loader that loads nothing, are no work
    return Numbers(), batch_size, [float(value) for value in first]


@in_candidate
def lengths(state):
    """Build a loader and ask for its length a thousand times; then say what the first batch of another one was."""
    dataset, batch_size, first = state
    loader = DataLoader(dataset, batch_size, shuffle=True)
    return [*(len(loader) for _ in range(1000)), *first]


def whole_batches(rng):
    """Draw a batch size, and about a million samples in batches that are all full."""
    batch_size = int(rng.integers(20, 200))
    return batch_size * (1_000_000 // batch_size), batch_size


@number("4.3")
@weight(3)
@budget(cpu=5.0)
def test_length_budget(measure):
    """Building a loader over a million samples and taking len 1,000 times costs at most 5 times the reference."""
    measure(
        lengths,
        setup=long_dataset,
        inputs=whole_batches,
        answer=lambda n, batch_size: [n // batch_size] * 1000 + [0.0, 1.0, 2.0],
    )


def framed_images(rng):
    """200 images (3, 32, 32) with 4 rows and columns of zeros around, which any crop of padding 4 may cut off."""
    images = np.zeros((200, 3, 32, 32), dtype=np.float32)
    images[:, :, 4:-4, 4:-4] = rng.uniform(0.5, 1.5, (200, 3, 24, 24))
    return (images,)


@in_candidate
def augment(images):
    """Mirror and crop every image; return one number for each, and where the crops were cut.

    The number is made of the sums of the columns, all pixels together: no shift changes it, a missing mirroring does.
    """
    transform = Compose([RandomHorizontalFlip(p=1), RandomCrop(32, padding=4)])
    kept = np.stack([transform(image) for image in images])
    columns, rows = kept.sum(axis=(1, 2)), kept.sum(axis=(1, 3))
    corners = np.stack([(columns != 0).argmax(axis=1), (rows != 0).argmax(axis=1)]) / 1000
    profile = columns.astype(np.float64) / 72  # of 3 channels with 24 rows each
    return np.concatenate(
        [(profile[:, :-1] * profile[:, 1:] ** 2).sum(axis=1), corners.mean(axis=1), corners.std(axis=1)]
    )


def mirrored_and_cut_anywhere(images):
    """Return the numbers of the mirrored images; corners are 0 to 8, 4 on average, with a spread of 2.58."""
    profile = images[..., ::-1].sum(axis=(1, 2), dtype=np.float64) / 72
    expected = (profile[:, :-1] * profile[:, 1:] ** 2).sum(axis=1)
    return np.concatenate([expected, [0.004, 0.004], [np.sqrt(60 / 9) / 1000] * 2])


@number("4.4")
@weight(2)
@visibility("hidden")
@budget(cpu=4.0)
def test_augmentation_budget(measure):
    """Mirroring and cropping 200 images of 3 x 32 x 32 costs at most 4 times the reference."""
    # Mean and spread of 200 corners, in thousandths, are off by 0.0002 by chance; the numbers are near 24.
    measure(augment, inputs=framed_images, answer=mirrored_and_cut_anywhere, atol=1.2e-3)
