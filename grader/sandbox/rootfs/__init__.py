"""The file systems that boxes see: built from this machine's own Python, found again, and what of ours goes in. Side: worker."""
