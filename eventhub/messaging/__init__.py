"""Floor 11: letters."""
