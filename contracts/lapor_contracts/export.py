"""Writes what is made from the models and the catalogue: schemas, AsyncAPI, the README's table of topics.

`python -m lapor_contracts.export` writes; with `--check` it only says which file differs, exit code 1.
A schema that would break a reader is never overwritten.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lapor_contracts import asyncapi
from lapor_contracts.catalogue import topics
from lapor_contracts.compatibility import breaking_changes
from lapor_contracts.events import EVENTS
from lapor_contracts.schemas import file_name, schema_of, to_text

CONTRACTS = Path(__file__).resolve().parent.parent
README = CONTRACTS.parent / "README.md"
BEGIN, END = "<!-- topics -->", "<!-- /topics -->"
REMEDY = "make it a new version of the event or a new topic; delete the schema if it was never published"


def main(arguments: list[str] | None = None, *, folder: Path = CONTRACTS, readme: Path = README) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m lapor_contracts.export", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where files differ")
    check = parser.parse_args(arguments).check
    breaking = breaking_files(folder)
    for line in breaking:
        print(line, file=sys.stderr)
    if breaking:
        print(f"breaking: {REMEDY}", file=sys.stderr)
        return 1
    differing = {path: text for path, text in wanted_files(folder, readme).items() if _text(path) != text}
    for path, text in differing.items():
        if check:
            print(f"{path}: differs from the models; run `make schemas`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(path)
    return 1 if check and differing else 0


def breaking_files(folder: Path) -> list[str]:
    """How the models break the schemas that lie in the folder."""
    found: list[str] = []
    for path in sorted((folder / "schemas").glob("*.json")):
        model = EVENTS.get(path.stem)
        if model is None:
            found.append(f"{path.stem}: the event is gone")
        else:
            found += breaking_changes(json.loads(path.read_text(encoding="utf-8")), schema_of(model))
    return found


def wanted_files(folder: Path, readme: Path) -> dict[Path, str]:
    """What each file has to hold."""
    files = {folder / "schemas" / file_name(name): to_text(schema_of(event)) for name, event in EVENTS.items()}
    files[folder / "asyncapi.yaml"] = asyncapi.to_yaml(asyncapi.document())
    page = _text(readme)
    if page and BEGIN in page and END in page:
        head, tail = page.partition(BEGIN)[0], page.partition(END)[2]
        files[readme] = f"{head}{BEGIN}\n{table()}{END}{tail}"
    return files


def table() -> str:
    """The topics as a table in Markdown."""
    rows = ["| topic | what | written by | read by | kept |", "|---|---|---|---|---|"]
    for topic in topics():
        kept = "compacted" if topic.compacted else f"{topic.retention_days} days"
        name = topic.name.replace("{", "<").replace("}", ">")
        rows.append(f"| `{name}` | {topic.meaning} | {topic.writer} | {', '.join(topic.readers)} | {kept} |")
    return "\n".join(rows) + "\n"


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
