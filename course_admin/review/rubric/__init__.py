"""The pages of grading by hand: how far it is, the rubric, one answer after the other, calibration."""
