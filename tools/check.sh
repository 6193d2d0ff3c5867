#!/usr/bin/env bash
# Everything that can be judged without running Pantau; the last line says what failed.
set -u
failed=()
step() { echo "== $1"; shift; "$@" || failed+=("$1 ${2:-} ${3:-}"); }
bin=.venv/bin
step "lint" $bin/ruff check .
step "format" $bin/ruff format --check .
step "types" $bin/mypy
step "import order" $bin/lint-imports --no-cache
step "shape, prose, documents" $bin/python -m pytest -q tests/architecture
step "reference pages" $bin/python -m tools.reference --check
step "scripts of the pages" bash tools/check_js.sh
if [ ${#failed[@]} -gt 0 ]; then printf 'FAILED: %s\n' "${failed[@]}" >&2; exit 1; fi
echo "check: all good"
