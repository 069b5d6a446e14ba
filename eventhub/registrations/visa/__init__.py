"""Letters of invitation with which people apply for a visa."""
