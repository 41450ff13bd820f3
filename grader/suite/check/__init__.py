"""Grading a suite as it grades students: the reference, the starter, mutants, other seeds, other orders. Side: worker."""
