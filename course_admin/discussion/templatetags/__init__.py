"""Template tags of threads."""
