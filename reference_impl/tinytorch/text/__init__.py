"""The former home of tokenization and embeddings; see tinytorch.core.tokenization and tinytorch.core.embeddings."""
