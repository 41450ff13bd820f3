"""What of a course's reference takes part in grading a submission: package files, earlier modules. Side: worker."""
