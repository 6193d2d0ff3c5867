"""The `pantau` command."""

import sys

from pantau.core.plain_log import load_plain_log


def main() -> None:
    """Run the command line: exit code 0 is fine, 1 failed, 2 was asked or configured wrongly."""
    # A process that runs for weeks does not carry all other commands with it.
    if sys.argv[1:2] == ["serve"]:
        from pantau.core.heap import keep_heap_small

        keep_heap_small()
        load_plain_log()
        from pantau.cli.serving import app

        app(sys.argv[2:], prog_name="pantau serve")
    elif sys.argv[1:2] == ["health"]:
        # Supervisors ask twice a minute.
        from pantau.cli.looking import health_alone

        health_alone(sys.argv[2:], prog_name="pantau health")
    else:
        from pantau.cli.commands import app
        from pantau.cli.failing import run_commands

        run_commands(app, "pantau")
