"""Modules 01 to 13: tensors, autograd, training, and the parts of vision and language models."""
