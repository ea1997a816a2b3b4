"""A year of a whole nation's complaints through the real escalation service: `make simulate`."""
