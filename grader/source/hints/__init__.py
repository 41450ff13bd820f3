"""What a student should know about files that Python cannot read, or cannot find where they are. Side: worker."""
