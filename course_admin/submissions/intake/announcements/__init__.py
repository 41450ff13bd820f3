"""What hosts say of pushes: one in our words, those that come late, and those that come all at once."""
