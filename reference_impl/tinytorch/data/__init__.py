"""The former home of the data loader; see tinytorch.core.dataloader."""
