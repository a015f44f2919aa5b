"""Event -> the world."""
