"""The same classes as in tinytorch.core.optimizers, under the path from which some of the course's scripts import them."""

from tinytorch.core.optimizers import SGD, Adam, AdamW

__all__ = ["SGD", "Adam", "AdamW"]
