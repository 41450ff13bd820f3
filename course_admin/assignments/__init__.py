"""What is to be handed in, until when, and which suite judges it."""
