"""Template tags of grading by hand."""
