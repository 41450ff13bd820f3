"""What staff say about what was handed in."""
