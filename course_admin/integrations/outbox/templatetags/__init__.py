"""Filters of the pages that show how the grades' way to an LMS goes."""
