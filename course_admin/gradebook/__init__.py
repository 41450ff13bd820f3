"""Which run counts for a grade, and the files a gradebook leaves in."""
