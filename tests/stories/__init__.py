"""Stories: a desk from outside. People write mails, look into their inboxes, and time passes."""
