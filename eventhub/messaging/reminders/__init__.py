"""Reminders: letters at a moment before or after something, by rules that organisers set."""
