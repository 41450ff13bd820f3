"""Whose a repository is: by name and roster, by the host's numbers, by staff's word; and what follows when that is corrected."""
