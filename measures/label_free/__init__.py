"""What can be said of performance before the outcomes are known."""
