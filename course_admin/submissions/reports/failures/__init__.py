"""What failed, as a student can use it: messages taken apart, checks grouped by number, the student's own lines beside them."""
