"""What every page of the review desk stands on: whose assignment it is, which students and which runs it shows."""
