"""What is kept of people: how long, told to them, and erased."""
