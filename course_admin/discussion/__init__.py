"""What students and staff say to each other about an attempt: threads of comments, and requests for a regrade."""
