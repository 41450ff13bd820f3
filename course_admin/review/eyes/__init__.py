"""What of a course needs somebody's eyes, over all its assignments."""
