"""Grading a suite as it grades students: the reference, the starter, liars, mutants, other seeds, other orders. Side: worker."""
