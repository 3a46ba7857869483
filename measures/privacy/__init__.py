"""How easily a person could be singled out in a table."""
