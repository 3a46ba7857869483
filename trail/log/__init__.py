"""The log itself: bytes, hashes, trees, notes. Pure: no Django, no clock, no network."""
