"""The same class objects as in tinytorch.core.dataloader, under the path that the course's older scripts import."""

from tinytorch.core.dataloader import Compose, DataLoader, Dataset, RandomCrop, RandomHorizontalFlip, TensorDataset

__all__ = ["Compose", "DataLoader", "Dataset", "RandomCrop", "RandomHorizontalFlip", "TensorDataset"]
