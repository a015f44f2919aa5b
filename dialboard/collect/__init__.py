"""HTTP -> Event, or a refusal with its reason."""
