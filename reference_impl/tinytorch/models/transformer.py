"""The same objects as in tinytorch.core.transformer, under the path that the course's older scripts import."""

from tinytorch.core.transformer import GPT, MLP, LayerNorm, TransformerBlock, create_causal_mask

__all__ = ["GPT", "MLP", "LayerNorm", "TransformerBlock", "create_causal_mask"]
