"""Floor 3: organisers and partners, and who acts for them."""
