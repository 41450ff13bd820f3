"""GitHub: announcements of pushes in, code fetched, later results out."""
