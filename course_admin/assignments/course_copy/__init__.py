"""A course's assignments in its next term: the same suites and rules at moved dates, and none of the people."""
