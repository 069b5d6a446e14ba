"""What people who register are asked to agree to, purpose by purpose, and who may see whom by it."""
