"""Canvas: where a course's grades go by themselves."""
