"""Other people's systems: for each, a client and a mapping, and nothing else."""
