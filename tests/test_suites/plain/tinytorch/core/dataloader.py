"""Data loading as a beginner writes it: loops, one branch for each layout, a stack of rows."""

import random
from abc import ABC, abstractmethod

import numpy as np
from tinytorch.core.tensor import Tensor


class Dataset(ABC):
    @abstractmethod
    def __len__(self) -> int:
        pass

    @abstractmethod
    def __getitem__(self, idx):
        pass


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        assert len(tensors) > 0, "Must provide at least one tensor"
        self.tensors = tensors
        for tensor in tensors:
            if len(tensor.shape) == 0:
                raise TypeError("a number has no rows")
        first = tensors[0].shape[0]
        for tensor in tensors[1:]:
            if tensor.shape[0] != first:
                raise ValueError("All tensors must have the same first dimension")

    def __len__(self):
        return self.tensors[0].shape[0]

    def __getitem__(self, idx):
        if isinstance(idx, slice):
            raise TypeError("no slices")
        if idx >= len(self) or idx < 0:
            raise IndexError(f"Index {idx} out of range")
        row = []
        for tensor in self.tensors:
            row.append(Tensor(tensor.data[idx].copy()))
        return tuple(row)


class DataLoader:
    def __init__(self, dataset, batch_size, shuffle=False):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle

    def __len__(self):
        full = len(self.dataset) // self.batch_size
        if len(self.dataset) % self.batch_size != 0:
            full += 1
        return full

    def __iter__(self):
        order = [i for i in range(len(self.dataset))]
        if self.shuffle:
            random.shuffle(order)
        batch = []
        for index in order:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield self._collate_batch([self.dataset[i] for i in batch])
                batch = []
        if batch:
            yield self._collate_batch([self.dataset[i] for i in batch])

    def _collate_batch(self, batch):
        if len(batch) == 0:
            return ()
        result = []
        for k in range(len(batch[0])):
            column = []
            for sample in batch:
                part = sample[k]
                column.append(part.data if isinstance(part, Tensor) else np.asarray(part))
            result.append(Tensor(np.array([np.expand_dims(c, 0) for c in column]).squeeze(1)))
        return tuple(result)


class RandomHorizontalFlip:
    def __init__(self, p=0.5):
        if p < 0.0 or p > 1.0:
            raise ValueError("p must be in [0, 1]")
        self.p = p

    def __call__(self, x):
        if np.random.random() >= self.p:
            return x
        if isinstance(x, Tensor):
            return Tensor(np.flip(x.data, axis=-1))
        return np.flip(x, axis=len(x.shape) - 1).copy()


class RandomCrop:
    def __init__(self, size, padding=4):
        if isinstance(size, int):
            self.size = (size, size)
        else:
            self.size = size
        self.padding = padding

    def __call__(self, x):
        image = x.data if isinstance(x, Tensor) else x
        p = self.padding
        if image.ndim == 2:
            padded = np.zeros((image.shape[0] + 2 * p, image.shape[1] + 2 * p), dtype=image.dtype)
            padded[p : p + image.shape[0], p : p + image.shape[1]] = image
            i, j = self._corner(padded.shape[0], padded.shape[1])
            window = padded[i : i + self.size[0], j : j + self.size[1]]
        elif image.ndim == 3 and image.shape[0] <= 4:
            padded = np.pad(image, ((0, 0), (p, p), (p, p)), mode="constant", constant_values=0)
            i, j = self._corner(padded.shape[1], padded.shape[2])
            window = padded[:, i : i + self.size[0], j : j + self.size[1]]
        elif image.ndim == 3:
            padded = np.pad(image, ((p, p), (p, p), (0, 0)), mode="constant", constant_values=0)
            i, j = self._corner(padded.shape[0], padded.shape[1])
            window = padded[i : i + self.size[0], j : j + self.size[1], :]
        else:
            raise ValueError(f"Expected a 2D or 3D image, got {image.ndim}D")
        return Tensor(window) if isinstance(x, Tensor) else window

    def _corner(self, height, width):
        if self.size[0] > height or self.size[1] > width:
            raise ValueError("the window does not fit")
        i = np.random.randint(0, height - self.size[0] + 1)
        j = np.random.randint(0, width - self.size[1] + 1)
        return i, j


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, x):
        out = x
        for i in range(len(self.transforms)):
            out = self.transforms[i](out)
        return out
