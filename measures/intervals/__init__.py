"""How sure a number is: bounds for proportions, gaps, areas and anything resampled."""
