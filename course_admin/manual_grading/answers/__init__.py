"""Where a submission holds the answer to a question."""
