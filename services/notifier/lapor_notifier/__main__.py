"""`python -m lapor_notifier`."""

from lapor_notifier.main import main

main()
