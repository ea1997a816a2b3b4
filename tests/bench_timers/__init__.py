"""How much a timer costs, from ten thousand open complaints to ten million: `make bench-timers`."""
