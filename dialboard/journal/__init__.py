"""Where events are durable before the sender hears "OK": a log with sequence numbers, and the balances."""
