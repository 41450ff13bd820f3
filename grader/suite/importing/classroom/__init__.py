"""GitHub Classroom's autograding, in both of its forms. Side: worker."""
