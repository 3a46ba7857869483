"""The comparisons, one module per family of measures."""
