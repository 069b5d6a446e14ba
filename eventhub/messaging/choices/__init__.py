"""Which letters people want: what an organiser may write to an address besides what concerns its own registration."""
