"""Modules 14 to 18: measuring a model, then making it smaller and faster."""
