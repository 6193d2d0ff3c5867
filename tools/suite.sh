#!/usr/bin/env bash
# Run a suite beside itself in several workers.  What fails there is run once more, alone: a machine that
# is too busy fails a few tests once, broken code fails them twice.  More than three are never excused, and
# whoever passed only alone is named, to be mended.
set -uo pipefail
failed=$(mktemp)
trap 'rm -f "$failed"' EXIT
PANTAU_TEST_FAILED=$failed .venv/bin/python -m pytest "$@"
code=$?
[ $code -eq 1 ] || exit $code
mapfile -t again < "$failed"
[ ${#again[@]} -ge 1 ] && [ ${#again[@]} -le 3 ] || exit $code
echo "== once more, alone:"; printf '   %s\n' "${again[@]}"
.venv/bin/python -m pytest "${again[@]}" || exit $?
echo "== passed only alone, and want mending:"; printf '   %s\n' "${again[@]}"
