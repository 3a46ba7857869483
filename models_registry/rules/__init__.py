"""Rules of the inventory. Pure: no Django, no clock, no network."""
