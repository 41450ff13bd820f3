"""The page of a course's audit log: what was changed, by whom and why, as sentences."""
