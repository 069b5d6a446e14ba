"""Floor 5: tracks, rooms, sessions and the people in them; what of it the public sees."""
