"""`make bench-router`: how often the router is right on real texts, and how fast; texts are never printed."""
