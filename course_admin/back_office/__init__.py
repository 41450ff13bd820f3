"""The admin site as a whole: its pages' frame and what it starts from. Its pages of rows stand in their apps."""
