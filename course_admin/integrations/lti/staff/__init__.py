"""What staff do about learning platforms: register them, link their courses, read their rosters."""
