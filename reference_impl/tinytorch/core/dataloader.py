"""Datasets, batches and augmentation: how samples reach a model.

A dataset answers two questions: how many samples are there, and which is the i-th? A loader cuts a list of indices,
shuffled or not, into runs of batch_size and stacks the samples of each run along a new first axis, one batch at a time.
Nothing here takes part in a graph: every Tensor that comes out is new and requires no gradient.
Shapes: N samples, B of them in a batch; images are (H, W), (C, H, W) or (H, W, C).
"""

import random
from abc import ABC, abstractmethod

import numpy as np

from tinytorch.core.tensor import Tensor


class Dataset(ABC):
    """A sequence of samples, read by index: an abstract base, whose subclasses must write both methods."""

    @abstractmethod
    def __len__(self):
        """Return the number of samples."""

    @abstractmethod
    def __getitem__(self, idx):
        """Return sample idx, 0 <= idx < len(self): a tuple of parts."""


class TensorDataset(Dataset):
    """Tensors that agree in their first axis: sample i holds row i of each."""

    def __init__(self, *tensors):
        """Raises AssertionError without tensors, TypeError for a 0-d one, ValueError if their first axes differ."""
        if not tensors:
            raise AssertionError("TensorDataset needs at least one tensor, got none")
        if len({len(tensor.data) for tensor in tensors}) > 1:  # a 0-d array has no len: TypeError
            raise ValueError(f"TensorDataset needs equal first axes, got {[tensor.data.shape for tensor in tensors]}")
        self.tensors = tensors

    def __len__(self):
        return len(self.tensors[0].data)

    def __getitem__(self, idx):
        """Return copies of row idx as a tuple. Raises IndexError outside 0..N-1, TypeError for a slice."""
        if not 0 <= idx < len(self):  # a slice has no order and fails here
            raise IndexError(f"Sample {idx} of a dataset with {len(self)} samples")
        return tuple(Tensor(tensor.data[idx]) for tensor in self.tensors)


class DataLoader:
    """The batches of one epoch, in new random order each time if shuffle. The last batch may be shorter.

    dataset: anything with `len` and integer indexing whose samples are tuples or lists of Tensors, arrays or numbers.
    """

    def __init__(self, dataset, batch_size, shuffle=False):
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle

    def __len__(self):
        """Return the number of batches, counting a shorter last one."""
        return -(-len(self.dataset) // self.batch_size)  # // rounds down, so this rounds up

    def __iter__(self):
        """Yield the batches, fetching samples only when theirs is asked for; random.shuffle draws the order."""
        indices = list(range(len(self.dataset)))
        if self.shuffle:
            random.shuffle(indices)
        for start in range(0, len(indices), self.batch_size):
            yield self._collate_batch([self.dataset[i] for i in indices[start : start + self.batch_size]])

    def _collate_batch(self, batch):
        """Turn B samples of k parts into k Tensors (B, ...). Raises ValueError if the shapes of one part differ."""
        return tuple(Tensor(np.stack([_array(part) for part in parts])) for parts in zip(*batch, strict=True))


def _array(part):
    return part.data if isinstance(part, Tensor) else part


class RandomHorizontalFlip:
    """Mirror an image left to right with probability p, along its last axis: for (H, W) and (C, H, W)."""

    def __init__(self, p=0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"RandomHorizontalFlip needs p between 0 and 1, got {p}")
        self.p = p

    def __call__(self, x):
        """Draw np.random.random(); below p, return a mirrored copy (a Tensor for a Tensor), else x itself."""
        return _like(x, _array(x)[..., ::-1].copy()) if np.random.random() < self.p else x


def _like(x, image):
    return Tensor(image) if isinstance(x, Tensor) else image


class RandomCrop:
    """Surround an image with zeros and cut a window of the given size at a random place.

    size: (height, width), or one int for both. padding: zeros added on each of the four sides.
    """

    def __init__(self, size, padding=4):
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.padding = padding

    def __call__(self, x):
        """Return a window whose corner np.random.randint draws, row first; Tensor for Tensor, array for array.

        Raises ValueError for other ranks than 2 and 3, and for a window larger than the padded image.
        """
        image = _array(x)
        if image.ndim not in (2, 3):
            raise ValueError(f"RandomCrop needs (H, W), (C, H, W) or (H, W, C), got shape {image.shape}")
        rows = int(image.ndim == 3 and len(image) <= 4)  # the axis of H: 1 after channels, of which 4 is RGB and alpha
        margins = [(0, 0)] * image.ndim
        margins[rows : rows + 2] = [(self.padding, self.padding)] * 2
        padded = np.pad(image, margins)
        (h, w), (H, W) = self.size, padded.shape[rows : rows + 2]
        if h > H or w > W:
            raise ValueError(f"RandomCrop cannot cut {self.size} from shape {image.shape} padded by {self.padding}")
        top, left = np.random.randint(H - h + 1), np.random.randint(W - w + 1)
        window = (slice(None),) * rows + (slice(top, top + h), slice(left, left + w))
        return _like(x, padded[window])


class Compose:
    """Several transforms as one: each works on what the one before it returned."""

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, x):
        for transform in self.transforms:
            x = transform(x)
        return x
