"""Who is in which course, and as what."""
