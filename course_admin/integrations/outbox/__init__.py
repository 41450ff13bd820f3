"""Grades on their way to a learning management system, whichever it is."""
