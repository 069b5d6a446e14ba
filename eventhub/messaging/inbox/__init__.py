"""The mailbox that is read: what calendars answer, and what could not be delivered."""
