"""What who leads a course wants to know of its LMS: noted on a page, asked for in the queue `sync`, kept until somebody looks."""
