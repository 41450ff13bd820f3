"""A course's own pages, above all a student's: where they stand, what is next, every attempt, and two beside each other."""
