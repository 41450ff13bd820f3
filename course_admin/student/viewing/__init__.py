"""Staff look at the pages of a student as the student sees them: the audit log says so, and nothing can be changed."""
