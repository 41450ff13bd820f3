"""What templates need of GitHub."""
