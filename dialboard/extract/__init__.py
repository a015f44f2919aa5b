"""Pages -> typed rows."""
