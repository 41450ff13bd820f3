"""The same class objects as in tinytorch.core.tokenization, under the path that the course's scripts import."""

from tinytorch.core.tokenization import BPETokenizer, CharTokenizer, Tokenizer

__all__ = ["BPETokenizer", "CharTokenizer", "Tokenizer"]
