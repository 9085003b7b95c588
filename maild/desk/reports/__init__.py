"""What is told of many cases at once."""
