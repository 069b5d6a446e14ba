"""Floor 0: machinery that names no noun of the field."""
