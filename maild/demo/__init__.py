"""`maild demo`: a whole desk in one process, and a story that shows how it works. No part of the daemon."""
