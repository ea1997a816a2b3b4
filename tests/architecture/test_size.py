"""Files and functions that a person can hold in mind; a longer one says why."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.code import PACKAGES, functions, trees

FILE_LINES = 300
FUNCTION_LINES = 50
# On a line of its own near the top of a file, or on the line of the `def`: `# long: why`.
REASON = "# long: "
HEAD_LINES = 30


@pytest.mark.parametrize("name", PACKAGES)
def test_no_long_file_without_a_reason(name: str) -> None:
    for path in trees(name):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > FILE_LINES:
            assert any(line.startswith(REASON) for line in lines[:HEAD_LINES]), f"{path}: {len(lines)} lines"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_long_function_without_a_reason(name: str) -> None:
    for path, tree in trees(name).items():
        for function in long_functions(tree):
            line = path.read_text(encoding="utf-8").splitlines()[function.lineno - 1]
            assert REASON in line, f"{path}:{function.lineno} {function.name}"


def long_functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [f for f in functions(tree) if (f.end_lineno or f.lineno) - f.lineno + 1 > FUNCTION_LINES]


def test_the_check_sees_a_long_function() -> None:
    body = "\n".join(f"    x{number} = 1" for number in range(FUNCTION_LINES))
    assert [f.name for f in long_functions(ast.parse(f"def f():\n{body}\n"))] == ["f"]


def test_every_module_says_what_it_is_for() -> None:
    for name in PACKAGES:
        for path, tree in trees(name).items():
            silent: tuple[Path, ...] = (path,) if tree.body and not ast.get_docstring(tree) else ()
            assert not silent
