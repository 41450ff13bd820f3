"""Assay as a GitHub App: who we are there, where we are installed, what we may do, and what GitHub tells of it."""
