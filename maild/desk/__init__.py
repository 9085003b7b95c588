"""What should happen, decided by pure functions: `decide(situation, now) → effects`. No library of the edge,
no logging, no clock. Start with `decide.py`; the words are in `situation.py` and `effects.py`."""
