"""Calibration: two people grade the same submissions, and see how far they agree."""
