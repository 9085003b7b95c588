"""Backups: `archive` is the file, `take` makes one, `restore` puts one to work, `drill` proves that one could be."""
