"""Tests of the house itself: its documentation tells the truth, and its files stay small."""
