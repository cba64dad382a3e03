"""The operating system behind one face: what the rest of the program needs of it."""
