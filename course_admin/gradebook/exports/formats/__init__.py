"""One file per format that a whole course's grades leave in; registry.py, one floor up, knows them all."""
