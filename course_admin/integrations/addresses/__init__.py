"""Repositories that are named by their addresses, at any git host: the page on which a student, or staff for them, does it."""
