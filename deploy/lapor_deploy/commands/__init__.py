"""Commands of `lapor`, one module a group."""
