"""Floor 10: everything iCalendar; an entry outlives the session it tells of."""
