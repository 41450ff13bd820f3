"""What Python answers from a value's class here, asked of the student's objects where they are. Side: judge."""
