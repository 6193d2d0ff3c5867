"""The ecosystem file for operators who keep PM2."""

from typing import Final

from pantau.operations.installing.answers import Answers
from pantau.operations.installing.config_file import quoted

FILE_NAME: Final = "ecosystem.config.cjs"
_APPS: Final = ("media", "worker", "web")
_STOP_MS: Final = 45_000

_HEAD: Final = """\
// Written by `pantau init`.  Start: pm2 start ecosystem.config.cjs && pm2 save
// Replace web or worker without a gap: pm2 sendSignal SIGHUP pantau-web
// (`pm2 reload` would end the old one first: this is one process of its kind each.)
//
// wait_ready is off on purpose: PM2 takes readiness from Node's own channel alone, which no other
// program has.  Whether the hub is ready says `pantau health`.
"""


def ecosystem(answers: Answers) -> str:
    """Return the file: three apps, so that none restarts another."""
    apps = ",\n".join(_app(answers, name) for name in _APPS)
    return f"{_HEAD}\nmodule.exports = {{\n  apps: [\n{apps}\n  ],\n}};\n"


def _app(answers: Answers, name: str) -> str:
    fields = {
        "name": quoted(f"pantau-{name}"),
        "script": quoted(str(answers.program)),
        "args": f'["serve", "--only", {quoted(name)}]',
        "interpreter": '"none"',
        "exec_mode": '"fork"',
        "cwd": quoted(str(answers.data_dir)),
        "env": f"{{ PANTAU_CONFIG: {quoted(str(answers.config_file))} }}",
        "wait_ready": "false",
        # Our parent ends its child in order; PM2 would signal both at once.
        "treekill": "false",
        "kill_timeout": str(_STOP_MS),
        "autorestart": "true",
        "exp_backoff_restart_delay": "200",
        # Wrong settings do not become right by starting again.
        "stop_exit_codes": "[2]",
    }
    lines = "\n".join(f"      {key}: {value}," for key, value in fields.items())
    return f"    {{\n{lines}\n    }}"
