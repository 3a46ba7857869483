"""What may be done with the inventory. Enter through a module: `versions.register(…, by=user)`."""
