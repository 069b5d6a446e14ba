"""Floor 2: the login of a person."""
