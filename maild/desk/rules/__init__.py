"""Admins' rules: `rules` goes through them, `expressions` is their language, `ruling` puts them into the plan."""
