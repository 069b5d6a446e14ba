"""Floor 13: the pages that belong to no noun."""
