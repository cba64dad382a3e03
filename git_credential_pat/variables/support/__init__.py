"""What the tools share: what is around them, and what the program that is started is given."""
