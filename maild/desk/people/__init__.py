"""The desk's own people: who there is, who is away, who gets a case, who is told and how."""
