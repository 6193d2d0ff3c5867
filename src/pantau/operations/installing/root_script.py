"""The steps of an installation that need root, as a script that people can read before."""

import shlex
from collections.abc import Iterator
from typing import Final

from pantau.operations.installing.answers import Answers

FILE_NAME: Final = "install.sh"
COMMAND_NAME: Final = "pantau"
"""What people type, wherever they are."""
CONTAINER_USER: Final = 10_001

_HEAD: Final = """\
#!/bin/sh
# Written by `pantau init`: the steps that need root.  Read it first; running it again does no harm.
set -eu
if [ "$(id -u)" != 0 ]; then
  echo "This needs root: sudo sh $0" >&2
  exit 1
fi
# What was done before a failure stays, and is not done twice.
stopped() {
  [ "$1" = 0 ] || echo "install.sh stopped before its end. Repair it, and run it again." >&2
}
trap 'stopped $?' EXIT
here=$(cd "$(dirname "$0")" && pwd)
"""


def root_script(answers: Answers, units: tuple[str, ...]) -> str:
    """Return the script; `units` are the file names of the systemd units."""
    steps: list[str] = []
    if answers.supervisor == "containers":
        steps += _container_folders(answers)
    elif answers.supervisor == "systemd":
        steps += [*_account(answers), *_folders(answers), *_units(units), *_COMMAND]
    return "\n".join((_HEAD, *steps, *_site(answers), *_END))


def command(answers: Answers) -> str:
    """Return the script that is `pantau` for everybody: what runs, as its account."""
    parts = (
        f"env PANTAU_CONFIG={_q(answers.config_file)}",
        _q(answers.program),
        '"$@"',
    )
    started = " ".join(parts)
    return "\n".join(
        (
            "#!/bin/sh",
            "# Written by `pantau init`: Pantau, as the account that it runs as.",
            'if [ "$(id -u)" = 0 ]; then',
            f"  exec runuser -u {answers.user} -- {started}",
            "fi",
            f"exec sudo -u {answers.user} {started}",
            "",
        )
    )


def is_needed(answers: Answers) -> bool:
    """Tell whether any step of this installation needs root."""
    return answers.supervisor in {"systemd", "containers"} or answers.proxy != "none"


_END: Final = ('echo "Done."', "")


def _account(answers: Answers) -> Iterator[str]:
    user = answers.user
    yield "# An account that nobody can sign in to."
    yield f"if ! id -u {user} >/dev/null 2>&1; then"
    yield (
        f"  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin"
        f" --home-dir {_q(answers.data_dir)} {user}"
    )
    yield "fi"
    yield f"group=$(id -gn {user})"
    yield ""


def _folders(answers: Answers) -> Iterator[str]:
    owned = f'install -d -m 700 -o {answers.user} -g "$group"'
    yield f"{owned} {_q(answers.data_dir)} {_q(answers.releases_link.parent)}"
    yield f"if [ ! -e {_q(answers.recordings_dir)} ]; then"
    yield f"  {owned} {_q(answers.recordings_dir)}"
    yield "fi"
    yield f'chown {answers.user}:"$group" {_q(answers.config_file)}'
    yield f"chmod 600 {_q(answers.config_file)}"
    yield "# What runs is what this link names; `pantau release deploy` turns it."
    yield f"if [ ! -e {_q(answers.releases_link)} ]; then"
    yield f"  ln -sfn {_q(answers.environment)} {_q(answers.releases_link)}"
    yield f'  chown -h {answers.user}:"$group" {_q(answers.releases_link)}'
    yield "fi"
    yield ""


def _container_folders(answers: Answers) -> Iterator[str]:
    owned = f"install -d -m 700 -o {CONTAINER_USER} -g {CONTAINER_USER}"
    yield "# The account of the container has this number everywhere."
    yield f"{owned} {_q(answers.data_dir)} {_q(answers.recordings_dir)}"
    yield ""


def _units(units: tuple[str, ...]) -> Iterator[str]:
    yield "units=${UNITS:-/etc/systemd/system}"
    yield "for unit in " + " ".join(_q(unit) for unit in units) + "; do"
    yield '  install -m 644 "$here/systemd/$unit" "$units/$unit"'
    yield "done"
    yield "systemctl daemon-reload"
    yield ""


_COMMAND: Final = (
    "# So that `pantau` can be typed anywhere: it becomes the right account by itself.",
    "bin=${BIN:-/usr/local/bin}",
    f'if [ ! -e "$bin/{COMMAND_NAME}" ] || grep -qs "pantau init" "$bin/{COMMAND_NAME}"; then',
    f'  install -m 755 "$here/{COMMAND_NAME}" "$bin/{COMMAND_NAME}"',
    "else",
    f'  echo "$bin/{COMMAND_NAME} is another program; it was left as it is." >&2',
    "fi",
    "",
)


def _site(answers: Answers) -> Iterator[str]:
    if answers.proxy == "nginx":
        yield from _nginx(answers)
    elif answers.proxy == "caddy":
        yield from _CADDY


def _nginx(answers: Answers) -> Iterator[str]:
    certificate = f"/etc/letsencrypt/live/{answers.domain}/fullchain.pem"
    yield "nginx_conf=${NGINX_CONF:-/etc/nginx/conf.d}"
    yield f"certificate=${{CERTIFICATE:-{certificate}}}"
    yield 'if [ -e "$certificate" ]; then'
    yield '  install -m 644 "$here/nginx/pantau.conf" "$nginx_conf/pantau.conf"'
    yield "  nginx -t"
    yield "  systemctl reload-or-restart nginx"
    yield "else"
    yield '  echo "The site of nginx waits for its certificate. Get one, then run this again:" >&2'
    yield f'  echo "  certbot certonly --nginx -d {answers.domain}" >&2'
    yield "fi"


_CADDY: Final = (
    "caddy_dir=${CADDY_DIR:-/etc/caddy}",
    'install -m 644 "$here/caddy/pantau.caddy" "$caddy_dir/pantau.caddy"',
    'if ! grep -qsx "import pantau.caddy" "$caddy_dir/Caddyfile"; then',
    '  printf "\\nimport pantau.caddy\\n" >> "$caddy_dir/Caddyfile"',
    "fi",
    'caddy validate --adapter caddyfile --config "$caddy_dir/Caddyfile"',
    "systemctl reload-or-restart caddy",
)


def _q(text: object) -> str:
    return shlex.quote(str(text))
