"""What the sources share, and what becomes of what they find."""
