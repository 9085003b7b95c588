"""Measurements, not tests. `make bench` runs those of the whole daemon (`__main__`); the others stand alone."""
