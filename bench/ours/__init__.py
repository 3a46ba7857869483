"""What is measured of ours: from files to numbers, each importing only what it needs."""
