"""Learning from confirmed outcomes: training and evaluation (scikit-learn, in a command of its own) and storage."""
