"""The layers and activations under one roof, the path from which some of the course's scripts import them.

As lazy as the root, which it asks: a name loads its module when it is read, and switches autograd on.
"""

from typing import Any

import tinytorch

__all__ = [
    "GELU",
    "MLP",
    "AvgPool2d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "EmbeddingLayer",
    "Layer",
    "LayerNorm",
    "Linear",
    "MaxPool2d",
    "MultiHeadAttention",
    "PositionalEncoding",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "TransformerBlock",
    "scaled_dot_product_attention",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Hand out the root's object of that name. Source: PEP 562."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(tinytorch, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
