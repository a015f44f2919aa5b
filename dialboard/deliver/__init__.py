"""Events -> the world: routed, sent with retries, and a record of what became of each."""
