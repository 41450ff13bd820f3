"""Regrade preview: another suite version over what counts, looked at before anybody gets anything of it."""
