"""What a Classroom 50 configuration repository says of a classroom's assignments, and drafts made of it."""
