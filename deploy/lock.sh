#!/usr/bin/env bash
# Writes requirements.lock from the packages' own declarations; --check says whether it is up to date.
# The lock holds names, versions and hashes but no addresses: each machine installs from the index it is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(contracts chassis services/intake services/router services/escalation services/notifier deploy)
compile() { # keeps the pins that the output file already holds
  local omit=(); for p in contracts chassis intake router escalation notifier deploy; do omit+=(--no-emit-package "lapor-$p"); done
  .tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    "${omit[@]}" --group pyproject.toml:dev "${packages[@]/%//pyproject.toml}" "$@" >/dev/null
}
if [ "${1:-}" = "--check" ]; then
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  cp requirements.lock "$work/requirements.lock"
  compile -o "$work/requirements.lock"
  diff -q "$work/requirements.lock" requirements.lock >/dev/null \
    || { echo "requirements.lock does not fit the packages' declarations: run 'make lock' and commit it" >&2; exit 1; }
else
  compile --upgrade -o requirements.lock
fi
