"""`python -m lapor_router`."""

from lapor_router.main import main

main()
