"""What the code says about itself: read from its source, without running it."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lapor_contracts.base import Event

ROOT = Path(__file__).resolve().parents[2]


def package(name: str) -> Path:
    """The folder of `lapor_<name>`, wherever it lies in the repository."""
    folders = [ROOT / name / f"lapor_{name}", ROOT / "services" / name / f"lapor_{name}"]
    [found] = [folder for folder in folders if folder.is_dir()]
    return found


PACKAGES = ("contracts", "chassis", "intake", "router", "escalation", "notifier", "deploy")


@cache
def trees(name: str) -> dict[Path, ast.Module]:
    """Every module of a package."""
    files = sorted(package(name).rglob("*.py"))
    return {path: ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in files}


@cache
def constructed(name: str) -> dict[type[Event], set[str]]:
    """The events that a package makes, by constructor or from a mapping, and the files where."""
    found: dict[type[Event], set[str]] = {}
    for path, tree in trees(name).items():
        known = imported_events(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                event = known.get(_made(node.func))
                if event:
                    found.setdefault(event, set()).add(path.name)
    return found


@cache
def mentioned(name: str) -> set[type[Event]]:
    """The events that a package uses in any way."""
    found: set[type[Event]] = set()
    for tree in trees(name).values():
        known = imported_events(tree)
        used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)}
        found.update(event for text, event in known.items() if text in used)
    return found


def imported_events(tree: ast.Module) -> dict[str, type[Event]]:
    """How a module may call each event: `Held` or `complaints.Held`."""
    known: dict[str, type[Event]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lapor_contracts"):
            for alias in node.names:
                known.update(_events_behind(str(node.module), alias.name, alias.asname or alias.name))
    return known


@cache
def strings(name: str) -> frozenset[str]:
    nodes = [node for tree in trees(name).values() for node in ast.walk(tree)]
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _made(function: ast.expr) -> str:
    """`Held` of `Held(...)` and of `Held.model_validate(...)`; from JSON an event is read, not made."""
    if isinstance(function, ast.Attribute) and function.attr in ("model_validate", "model_construct"):
        return ast.unparse(function.value)
    return ast.unparse(function)


def _events_behind(module: str, name: str, local: str) -> dict[str, type[Event]]:
    found = getattr(importlib.import_module(module), name, None)
    if found is None:
        found = importlib.import_module(f"{module}.{name}")
    if inspect.isclass(found):
        return {local: found} if issubclass(found, Event) and found is not Event else {}
    if not inspect.ismodule(found):
        return {}
    members = inspect.getmembers(found, inspect.isclass)
    return {f"{local}.{key}": value for key, value in members if issubclass(value, Event) and value is not Event}
