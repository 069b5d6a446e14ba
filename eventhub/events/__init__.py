"""Floor 4: series and events."""
