"""What a table holds, and what is wrong with it."""
