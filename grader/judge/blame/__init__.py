"""Whose fault it is that a test went wrong: the suite's, and of what can be seen for certain. Side: judge."""
