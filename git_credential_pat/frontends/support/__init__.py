"""What the front ends of tools other than Git share."""
