"""The service as a process: python -m lapor_escalation."""

from lapor_escalation.main import build

if __name__ == "__main__":
    build().run()
