"""How an organisation's documents look: its mark, its colour, its letterhead and its signature."""
