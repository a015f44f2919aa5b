"""What travels between the rooms: frozen values without I/O, and how a value looks with its unit."""
