"""maild: an email-first support desk."""

__version__ = "0.2.0.dev0"
