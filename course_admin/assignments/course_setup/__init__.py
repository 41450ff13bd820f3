"""Setting a whole course up at once."""
