"""A launch: a learning platform says who somebody is and what they opened; believed only after every check."""
