"""Who may import whom (.importlinter), and what a domain may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from lapor_contracts.catalogue import SERVICES

from tests.architecture.code import ROOT, trees

# What is not in its arguments makes a decision unrepeatable.
HIDDEN = {
    "now", "utcnow", "today", "uuid1", "uuid4", "uuid7",
    "open", "print", "input", "exec", "eval", "read_text", "read_bytes", "write_text", "write_bytes",
}  # fmt: skip
IMPURE = {"time", "random", "secrets", "os", "socket", "logging", "asyncio", "subprocess", "threading"}
# Pure, although they lie in the contracts: every service decides by them.
SHARED_RULES = ("status.py", "redaction.py", "envelope.py", "access.py", "compatibility.py")


def domain_modules() -> list[tuple[str, Path, ast.Module]]:
    found = [
        (service, path, tree)
        for service in SERVICES
        for path, tree in trees(service).items()
        if path.parent.name == "domain"
    ]
    return found + [("contracts", path, tree) for path, tree in trees("contracts").items() if path.name in SHARED_RULES]


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_domain(service: str) -> None:
    assert sum(1 for name, _, tree in domain_modules() if name == service and tree.body) >= 3


@pytest.mark.parametrize(("service", "path", "tree"), domain_modules(), ids=lambda value: getattr(value, "name", None))
def test_domain_hides_no_clock_randomness_or_file(service: str, path: Path, tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in HIDDEN, f"{path}:{node.lineno} calls {ast.unparse(node.func)}"
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global), f"{path}:{node}"


@pytest.mark.parametrize(("service", "path", "tree"), domain_modules(), ids=lambda value: getattr(value, "name", None))
def test_domain_imports_nothing_that_lies_around_it(service: str, path: Path, tree: ast.Module) -> None:
    allowed = ("lapor_contracts",) if service == "contracts" else ("lapor_contracts", f"lapor_{service}.domain")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert node.level == 0, f"{path}: relative import"
            assert not module.startswith("lapor_") or module.startswith(allowed), f"{path} imports {module}"
            assert module.partition(".")[0] not in IMPURE, f"{path} imports {module}"
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
            assert not names & IMPURE, f"{path} imports {names}"


def test_the_check_sees_a_hidden_clock() -> None:
    tree = ast.parse("from datetime import datetime\ndef due():\n    return datetime.now()\n")
    with pytest.raises(AssertionError, match=r"calls datetime\.now"):
        test_domain_hides_no_clock_randomness_or_file("x", Path("x.py"), tree)
