"""What students hand in without a repository: read in a limited child, shown, and an attempt once they confirm it."""
