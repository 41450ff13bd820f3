"""TinyTorch: a small machine-learning framework on NumPy, built by its readers one module at a time.

A lazy root: `import tinytorch` loads nothing; reading a name such as `tinytorch.Tensor` loads its module and switches
autograd on. Importing `tinytorch.core.tensor` directly leaves autograd off, because module 05 changes what modules 01,
02 and 04 do, and those must be readable, and gradable, by themselves.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

__version__ = "0.1.0"

_NAMES_BY_MODULE = {
    "core.tensor": ("Tensor",),
    "core.activations": ("Sigmoid", "ReLU", "Tanh", "GELU", "Softmax"),
    "core.layers": ("Layer", "Linear", "Dropout"),
    "core.losses": ("MSELoss", "CrossEntropyLoss", "BinaryCrossEntropyLoss"),
    "core.optimizers": ("SGD", "Adam", "AdamW"),
    "core.training": ("Trainer", "CosineSchedule", "clip_grad_norm"),
    "core.dataloader": (
        "Dataset", "TensorDataset", "DataLoader", "RandomHorizontalFlip", "RandomCrop", "Compose",
    ),
    "core.spatial": ("Conv2d", "MaxPool2d", "AvgPool2d"),
    "core.tokenization": ("Tokenizer", "CharTokenizer", "BPETokenizer"),
    "core.embeddings": ("Embedding", "PositionalEncoding", "EmbeddingLayer"),
    "core.attention": ("scaled_dot_product_attention", "MultiHeadAttention"),
    "core.transformer": ("LayerNorm", "MLP", "TransformerBlock", "GPT", "create_causal_mask"),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str) -> Any:
    """Load the module that defines `name`, then autograd. Source: PEP 562."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(f"{__name__}."):
            raise
        raise AttributeError(f"tinytorch.{name} needs {error.name}, which is not written yet") from error
    if find_spec(f"{__name__}.core.autograd"):  # whoever is still in module 04 has none to switch on
        import_module(f"{__name__}.core.autograd")
    globals()[name] = value  # found at once from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
