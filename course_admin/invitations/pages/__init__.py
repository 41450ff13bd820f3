"""Pages of invitations and of joining: forms, who comes in, and their staff."""
