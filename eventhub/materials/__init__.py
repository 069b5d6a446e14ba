"""Floor 7: slides and handouts, and when they are released."""
