"""How a grade comes about: which attempt counts, what is left of it, the rows of a gradebook, other rules tried."""
