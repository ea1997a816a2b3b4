"""The one error an operator sees: a line that says what is wrong and what to do."""

from __future__ import annotations


class LaporError(Exception):
    """Printed by the command as one line, exit code 1, no traceback.

    `problem` says what is wrong, `remedy` what the operator can do about it.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem = problem
        self.remedy = remedy
