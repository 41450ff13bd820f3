"""Uploads as a source: tar and zip read strictly, piece by piece, with a count of what comes out. Side: worker."""
