"""What tests share: the program in a throw-away home, servers, keyrings, faults, second implementations."""
