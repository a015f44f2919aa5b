"""What works while nobody looks."""
