"""One cell of the gradebook: a student's grade for one assignment, set by hand or given more days from there."""
