#!/usr/bin/env bash
# Everything that can be judged without running Pantau; the last line says what failed.
set -u
bin=.venv/bin
told=$(mktemp -d)
trap 'rm -rf "$told"' EXIT
declare -A children
names=()
step() { # Steps run side by side, and each is told of in the order in which they stand here.
  local name=$1; shift
  names+=("$name")
  "$@" >"$told/$name" 2>&1 &
  children[$name]=$!
}
step "types" $bin/mypy
step "shape, prose, documents" $bin/python -m pytest -q tests/architecture
step "lint" $bin/ruff check .
step "format" $bin/ruff format --check .
step "import order" $bin/lint-imports --no-cache
step "reference pages" $bin/python -m tools.reference --check
step "scripts of the pages" bash tools/check_js.sh
failed=()
for name in "${names[@]}"; do
  wait "${children[$name]}" || failed+=("$name")
  echo "== $name"; cat "$told/$name"
done
if [ ${#failed[@]} -gt 0 ]; then printf 'FAILED: %s\n' "${failed[@]}" >&2; exit 1; fi
echo "check: all good"
