"""Bytes become nouns: the one reader of mail. Knows neither the store nor the desk, does no I/O, reads no clock.

`parse(raw)` never raises on hostile input: a defect is data.
"""
