"""Change notices: what has changed of an event and its programme, gathered for a while and told once."""
