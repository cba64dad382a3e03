"""Git's configuration: the settings in it, and our lines in it."""
