"""Pictures of every page, for the eye: `python -m tests.screenshots` takes them."""
