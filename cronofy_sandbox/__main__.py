"""Command line of the sandbox: `python -m cronofy_sandbox serve --port 8090 --database var/sandbox.sqlite3`."""

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args()
    if options.database:
        os.environ["SANDBOX_DATABASE"] = str(options.database.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "cronofy_sandbox.settings"  # whatever the caller's own project is

    import django

    django.setup()
    return {"serve": _serve, "migrate": _migrate, "reset": _reset}[options.command](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cronofy_sandbox", description="A local stand-in for Cronofy.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("serve", "bring the database up to date and answer until stopped"),
        ("migrate", "only bring the database up to date"),
        ("reset", "forget everything but the default application (not while it is being served)"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--database", type=Path, help="the SQLite file (default: sandbox.sqlite3 in DATA_DIR)")
        if name == "serve":
            command.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8090")))
            command.add_argument("--bind", default="127.0.0.1", help="address to listen on")
            command.add_argument("--threads", type=int, default=16)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from cronofy_sandbox import server

    _migrate(options)
    server.run(bind=f"{options.bind}:{options.port}", threads=options.threads)
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    from django.core.management import call_command

    from cronofy_sandbox.services import starting

    call_command("migrate", verbosity=0, interactive=False)
    starting.ensure_default_application()
    return 0


def _reset(options: argparse.Namespace) -> int:
    from cronofy_sandbox.services import starting

    _migrate(options)
    starting.reset()
    return 0


if __name__ == "__main__":
    sys.exit(main())
