"""One registration for a whole series, or for some of its events."""
