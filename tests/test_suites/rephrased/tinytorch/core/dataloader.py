"""Data loading, written another way: batches by islice of one iterator, crops from a sliding view, a class of iterators."""

import abc
import itertools
import math
import random

import numpy as np
from tinytorch.core.tensor import Tensor


class Dataset(metaclass=abc.ABCMeta):
    @abc.abstractmethod
    def __len__(self): ...

    @abc.abstractmethod
    def __getitem__(self, idx): ...


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        assert len(tensors) > 0, "no tensors"
        first, *others = tensors
        count = len(first.data)
        for other in others:
            if len(other.data) != count:
                raise ValueError("first axes differ")
        self.tensors = tensors

    def __len__(self):
        return self.tensors[0].data.shape[0]

    def __getitem__(self, idx):
        if idx < 0 or idx >= len(self):
            raise IndexError(idx)
        return tuple(Tensor(np.array(t.data[idx])) for t in self.tensors)


class _Batches:
    """An iterator of its own state over one epoch."""

    def __init__(self, loader):
        self.loader = loader
        order = [*range(len(loader.dataset))]
        if loader.shuffle:
            random.shuffle(order)
        self.order = iter(order)

    def __iter__(self):
        return self

    def __next__(self):
        batch = [self.loader.dataset[i] for i in itertools.islice(self.order, self.loader.batch_size)]
        if not batch:
            raise StopIteration
        return self.loader._collate_batch(batch)


class DataLoader:
    def __init__(self, dataset, batch_size, shuffle=False):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle

    def __len__(self):
        return math.ceil(len(self.dataset) / self.batch_size)

    def __iter__(self):
        return _Batches(self)

    def _collate_batch(self, batch):
        if not batch:
            return ()
        stacked = []
        for place in range(len(batch[0])):
            parts = [sample[place] for sample in batch]
            arrays = [np.asarray(part.data if isinstance(part, Tensor) else part) for part in parts]
            if any(array.shape != arrays[0].shape for array in arrays):
                raise ValueError("samples of different shapes")
            stacked.append(Tensor(np.concatenate([array[np.newaxis] for array in arrays])))
        return tuple(stacked)


def _through(change, x):
    if isinstance(x, Tensor):
        return Tensor(change(x.data))
    return np.ascontiguousarray(change(x))


class RandomHorizontalFlip:
    def __init__(self, p=0.5):
        if p < 0 or p > 1:
            raise ValueError("p is a probability")
        self.p = p

    def __call__(self, x):
        if not np.random.random() < self.p:
            return x
        return _through(lambda image: np.flip(image, axis=-1), x)


class RandomCrop:
    def __init__(self, size, padding=4):
        self.size = tuple(np.broadcast_to(size, 2).tolist())
        self.padding = padding

    def __call__(self, x):
        return _through(self._crop, x)

    def _crop(self, image):
        if image.ndim == 2:
            axes = (0, 1)
        elif image.ndim == 3:
            axes = (1, 2) if image.shape[0] <= 4 else (0, 1)
        else:
            raise ValueError("an image has two or three axes")
        shape = [n + 2 * self.padding if a in axes else n for a, n in enumerate(image.shape)]
        padded = np.zeros(shape, image.dtype)
        inside = tuple(
            slice(self.padding, self.padding + n) if a in axes else slice(None) for a, n in enumerate(image.shape)
        )
        padded[inside] = image
        views = np.lib.stride_tricks.sliding_window_view(padded, self.size, axis=axes)  # ValueError for a larger window
        views = np.moveaxis(views, axes, (0, 1))
        window = views[np.random.randint(0, views.shape[0]), np.random.randint(0, views.shape[1])]
        return np.moveaxis(window, (-2, -1), axes).copy()


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, x):
        out = x
        for change in list(self.transforms):
            out = change(out)
        return out
