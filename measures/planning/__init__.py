"""How many rows are needed before a rule can be decided."""
