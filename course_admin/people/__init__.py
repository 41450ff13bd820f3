"""The page of a course's people: roster, sections, roles, extensions, accommodations and invitations in one place."""
