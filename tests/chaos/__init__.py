"""Nothing lost, nothing twice, while processes are killed: `python -m tests.chaos --seed 7`."""
