"""Whether what a model promises comes true as often as it says."""
