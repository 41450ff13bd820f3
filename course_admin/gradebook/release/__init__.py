"""Release of grades: an assignment's are held until somebody publishes them, at once or at a time."""
