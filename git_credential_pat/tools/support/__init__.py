"""What the tools share: the kinds of changes, and the record of what is configured."""
