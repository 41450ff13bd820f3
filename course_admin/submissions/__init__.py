"""What was handed in, and what became of it: pushes, attempts, runs and their checks."""
