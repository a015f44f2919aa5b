"""Series -> SVG. Knows no Django."""
