"""Runs the desk: `wiring` puts the parts together, `once` does everything that waits, `loops` go on for ever."""
