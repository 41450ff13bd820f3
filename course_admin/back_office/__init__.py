"""The admin site: its frame, what it starts from, and what every page of rows in an app is made of."""
