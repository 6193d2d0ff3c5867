#!/usr/bin/env bash
# Make .venv from the hash-locked pins of requirements/$1.txt and put this checkout into it.
set -euo pipefail
set_name="$1"
python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "Pantau needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
if [ ! -x .venv/bin/python ]; then
  "$python" -m venv .venv ||
    { echo "Making .venv failed; on Debian: apt-get install python3-venv" >&2; exit 1; }
fi
echo "Installing the pinned packages ($set_name) into .venv ..." >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
  -r "requirements/$set_name.txt"
# The checkout itself needs no build back end: a path file and a launcher are all that an editable install is.
site="$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
printf '%s\n' "$PWD/src" > "$site/pantau.pth"
cat > .venv/bin/pantau <<LAUNCHER
#!$PWD/.venv/bin/python
from pantau.cli import main

main()
LAUNCHER
chmod +x .venv/bin/pantau

touch ".venv/.setup-$set_name"
case "$set_name" in
  test) touch .venv/.setup-run ;;
  bench) touch .venv/.setup-run .venv/.setup-test ;;
esac
