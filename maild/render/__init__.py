"""From a decision to finished mail bytes: `templates` fills our texts, `compose` builds the MIME mail, `letterhead`
knows the addresses, ids and headers that every mail of the desk carries."""
