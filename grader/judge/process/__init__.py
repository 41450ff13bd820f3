"""What a test sets in its own process and means for the student's: streams, environment, patched functions. Side: judge."""
