"""How well an ordering puts first what matters."""
