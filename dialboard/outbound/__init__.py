"""The one door out; refuses private addresses unless they are allowed."""
