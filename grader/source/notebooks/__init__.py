"""Notebooks as a source: what their cells export, put together as modules; nothing in them is run. Side: worker."""
