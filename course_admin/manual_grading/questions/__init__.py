"""The questions of an assignment: from its suite, or written by whoever leads the course."""
