"""What everything else speaks of: immutable values without input or output."""
