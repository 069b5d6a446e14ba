"""One ledger of who was there: fed by the doors, and later by meeting platforms."""
