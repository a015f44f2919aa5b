"""Question -> Series."""
