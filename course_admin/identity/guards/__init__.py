"""What guards log-ins: waits for who guesses, secrets encrypted at rest, no account connected by a link."""
