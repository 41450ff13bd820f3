"""Due times and names of assignments, read from Canvas on request, and taken over once somebody confirms each."""
