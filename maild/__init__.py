"""maild: an email-first support desk."""

__version__ = "0.1.0"
