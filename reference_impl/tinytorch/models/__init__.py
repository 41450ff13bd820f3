"""The former home of GPT; see tinytorch.core.transformer."""
