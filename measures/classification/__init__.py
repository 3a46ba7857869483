"""How well a classifier ranks, decides and promises."""
