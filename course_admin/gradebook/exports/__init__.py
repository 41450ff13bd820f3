"""One file per format that grades leave in."""
