"""The engine's own measurements: what isolation costs, what a worker carries, how far a budget can be trusted. Side: worker."""
