"""Cost against the reference: an epoch's time and memory, a loader's length, augmentation (14 points)."""

import numpy as np
from arrays import ordinary, whole
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.dataloader import Compose, DataLoader, RandomCrop, RandomHorizontalFlip, TensorDataset
from tinytorch.core.tensor import Tensor


def samples(rng):
    """10,000 rows of 100 features, and their labels."""
    return ordinary(rng, 10_000, 100), whole(rng, 10_000)


@in_candidate
def shuffling_loader(features, labels):
    """Build, unmeasured, a loader of batches of 64."""
    return DataLoader(TensorDataset(Tensor(features), Tensor(labels)), 64, shuffle=True)


@in_candidate
def one_epoch(loader):
    """Sum features times label over an epoch: the same in any order, as long as each row stays with its label."""
    total = np.zeros(100)
    for features, labels in loader:
        total += labels.data @ features.data
    return total


def sum_of_features_times_labels(features, labels):
    return labels.astype(np.float64) @ features


@number("4.1")
@weight(5)
@budget(cpu=3.0)
def test_epoch_budget(measure):
    """A shuffled epoch of 10,000 samples costs at most 3 times the reference."""
    # 10,000 products of size about 6, summed by 64s in float32: off by about 1e-4.
    measure(one_epoch, setup=shuffling_loader, inputs=samples, answer=sum_of_features_times_labels, atol=5e-3)


@number("4.2")
@weight(4)
@visibility("hidden")
@budget(memory=3.0)
def test_epoch_memory_budget(measure):
    """A shuffled epoch whose batches are dropped as they come needs at most 3 times the reference's memory."""
    measure(one_epoch, setup=shuffling_loader, inputs=samples, answer=sum_of_features_times_labels, atol=5e-3)


@in_candidate
def long_dataset(n, batch_size):
    """Build, unmeasured, a dataset of n samples that exist only when they are asked for."""

    class Numbers:
        def __len__(self):
            return n

        def __getitem__(self, idx):
            return (Tensor(float(idx)),)

    return Numbers(), batch_size


@in_candidate
def lengths(dataset_and_batch_size):
    """Build a loader and ask for its length a thousand times."""
    dataset, batch_size = dataset_and_batch_size
    loader = DataLoader(dataset, batch_size, shuffle=True)
    return [len(loader) for _ in range(1000)]


@number("4.3")
@weight(3)
@budget(cpu=5.0)
def test_length_budget(measure):
    """Building a loader over a million samples and taking len 1,000 times costs at most 5 times the reference."""
    measure(
        lengths,
        setup=long_dataset,
        inputs=lambda rng: (1_000_000, int(rng.integers(20, 200))),
        answer=lambda n, batch_size: [(n + batch_size - 1) // batch_size] * 1000,
    )


def framed_images(rng):
    """200 images (3, 32, 32) with 4 rows and columns of zeros around, which any crop of padding 4 may cut off."""
    images = np.zeros((200, 3, 32, 32), dtype=np.float32)
    images[:, :, 4:-4, 4:-4] = rng.uniform(0.5, 1.5, (200, 3, 24, 24))
    return (images,)


@in_candidate
def augment(images):
    """Mirror and crop every image; return a sum that no shift changes and a missing mirroring does."""
    transform = Compose([RandomHorizontalFlip(p=1), RandomCrop(32, padding=4)])
    kept = np.stack([transform(image) for image in images][::20])
    return (kept[..., :-1] * kept[..., 1:] ** 2).sum(axis=(1, 2, 3))


def sums_of_mirrored(images):
    mirrored = images[::20, :, :, ::-1].astype(np.float64)
    return (mirrored[..., :-1] * mirrored[..., 1:] ** 2).sum(axis=(1, 2, 3))


@number("4.4")
@weight(2)
@visibility("hidden")
@budget(cpu=4.0)
def test_augmentation_budget(measure):
    """Mirroring and cropping 200 images of 3 x 32 x 32 costs at most 4 times the reference."""
    measure(augment, inputs=framed_images, answer=sums_of_mirrored)
