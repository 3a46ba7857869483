"""How fast the measures are, beside the tools people use today, on the same machine."""
