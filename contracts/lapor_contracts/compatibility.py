"""What a change of an event's schema breaks, seen from both sides.

Old events stay on the topics for years, so new code must read them; readers are not upgraded together, so
old code must read new events. Both hold only for what is additive and optional. Everything else needs a new
version of the event or a new topic.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

# They say nothing about which events are valid.
_ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "deprecated", "default"})
_HANDLED = frozenset({"type", "anyOf", "enum", "const", "properties", "required", "items", "$ref"})
# Keyword -> whether a greater value lets fewer events through.
_LIMITS = {
    "minLength": True, "minItems": True, "minimum": True, "exclusiveMinimum": True,
    "maxLength": False, "maxItems": False, "maximum": False, "exclusiveMaximum": False,
}  # fmt: skip
_ABSENT = object()


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """A line for each, with the event and the field; empty where every reader can read every event."""
    event = str(old.get("$id", old.get("title", ""))).removeprefix("urn:lapor:")
    before, after = _resolve(old, old.get("$defs", {})), _resolve(new, new.get("$defs", {}))
    return [f"{event}: {change}" for change in _compare(before, after, "")]


def _compare(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = _variants(old), _variants(new)
    for kind in before.keys() - after.keys():
        yield f"{_name(path)} may no longer be {kind}"
    for kind in after.keys() - before.keys():
        yield f"{_name(path)} may now be {kind}, which readers do not expect"
    for kind in [kind for kind in before if kind in after]:
        yield from _compare_one(before[kind], after[kind], path)


def _compare_one(old: Schema, new: Schema, path: str) -> Iterator[str]:
    yield from _values(old, new, path)
    yield from _fields(old, new, path)
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], f"{path}[]")
    elif ("items" in old) != ("items" in new):
        yield f"{_name(path)}: what it lists changed"
    for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _HANDLED):
        before, after = old.get(keyword, _ABSENT), new.get(keyword, _ABSENT)
        if before != after:
            yield f"{_name(path)}: {keyword} {_word(keyword, before, after)}"


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if before is None and after is None:
        return
    if before is None:
        yield f"{_name(path)} is now limited to fixed values"
    elif after is None:
        yield f"{_name(path)} is no longer limited to fixed values"
    else:
        yield from (f"{_name(path)}: value {value} removed" for value in sorted(before - after))
        yield from (
            f"{_name(path)}: value {value} added, which readers do not expect" for value in sorted(after - before)
        )


def _fields(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    had, has = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"field {_join(path, name)} removed" for name in before if name not in after)
    for name, schema in after.items():
        field = _join(path, name)
        if name not in before:
            if name in has:
                yield f"field {field} is new and required"
            continue
        if name in has - had:
            yield f"field {field} became required"
        if name in had - has:
            yield f"field {field} became optional, and readers count on it"
        if name not in had | has and before[name].get("default") != schema.get("default"):
            yield f"field {field}: what its absence means (default) changed"
        yield from _compare(before[name], schema, field)


def _resolve(node: Any, definitions: dict[str, Any]) -> Any:
    """The schema without `$ref`s. Events have no recursive parts."""
    if isinstance(node, list):
        return [_resolve(part, definitions) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _resolve({**target, **rest}, definitions)
    return {key: _resolve(value, definitions) for key, value in node.items() if key != "$defs"}


def _variants(node: Schema) -> dict[str, Schema]:
    """What it may be: by type; objects of a union also by their title."""
    choices = node.get("anyOf", node.get("oneOf"))
    if choices is None:
        types = node.get("type", "anything")
        return dict.fromkeys(types if isinstance(types, list) else [types], node)
    found: dict[str, Schema] = {}
    for choice in choices:
        for kind, variant in _variants(choice).items():
            found[f"{kind} {variant.get('title', '')}".strip() if kind in found else kind] = variant
    return found


def _allowed(node: Schema) -> set[str] | None:
    if "const" in node:
        return {json.dumps(node["const"])}
    return {json.dumps(value) for value in node["enum"]} if "enum" in node else None


def _word(keyword: str, before: object, after: object) -> str:
    if keyword not in _LIMITS:
        return "changed"
    if before is _ABSENT or after is _ABSENT:
        return "tightened" if before is _ABSENT else "loosened, which readers do not expect"
    greater = float(str(after)) > float(str(before))
    return "tightened" if greater == _LIMITS[keyword] else "loosened, which readers do not expect"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _name(path: str) -> str:
    return f"field {path}" if path else "the body"
