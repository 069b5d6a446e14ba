"""Floor 6: who takes part: pools, registrations and places."""
