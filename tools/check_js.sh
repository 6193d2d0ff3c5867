#!/usr/bin/env bash
# Type-check the islands with TypeScript's checker; nothing is emitted.
set -euo pipefail
tsc=node_modules/.bin/tsc
[ -x "$tsc" ] || { echo "node_modules is missing: run make vendor" >&2; exit 1; }
"$tsc" --project tsconfig.json
"$tsc" --project tsconfig.worker.json
