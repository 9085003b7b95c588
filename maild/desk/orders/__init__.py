"""Agents' commands: `understand` reads a mail's lines, `verbs` says what each means, the others by theme."""
