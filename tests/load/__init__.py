"""Whole installations under load: real servers, real processes, many pushes."""
