"""From what a host announces, or a poll finds, to attempts: pushes, branches, groups, what waits for its student."""
