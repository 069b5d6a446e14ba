"""Calendars: entries that outlive their session, and the feeds that tell of them."""
