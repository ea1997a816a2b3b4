"""`python -m lapor_intake`."""

from lapor_intake.main import main

main()
