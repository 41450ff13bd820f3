"""A course's own Canvas token: what is kept of it, how it goes along, and the page where it is entered."""
