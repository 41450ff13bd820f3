"""One round: what changed, what became of what was sent, what is sent now; and whose turn it is."""
