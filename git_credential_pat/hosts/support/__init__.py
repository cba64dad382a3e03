"""What the families of hosts share for the commands of the user; nothing of it is loaded on Git's path."""
