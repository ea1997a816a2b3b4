"""The story of three reports from Kampung Sembuan, told by a real stack and read as an outsider would."""
