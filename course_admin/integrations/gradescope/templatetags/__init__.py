"""What templates need of Gradescope."""
