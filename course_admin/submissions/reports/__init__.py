"""What a student or their staff read of an attempt: the report, what of it each viewer may see, the class beside it."""
