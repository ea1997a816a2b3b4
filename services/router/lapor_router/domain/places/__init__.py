"""Where it is, from whatever the reporter gave: codes, a point, words, and what the channel knows."""
