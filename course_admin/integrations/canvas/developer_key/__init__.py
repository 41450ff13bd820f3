"""A Canvas developer key that who leads a course entered: how the course's token is granted by it, renewed and given back."""
