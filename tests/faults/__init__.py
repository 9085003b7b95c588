"""Faults: the desk is killed while it works on a real mailbox, and must end where an unbroken run ends."""
