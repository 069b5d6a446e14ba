"""Papers of an event: badges, sheets to sign, and lists of those who take part."""
