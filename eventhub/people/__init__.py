"""Floor 1: a human, with or without a login."""
