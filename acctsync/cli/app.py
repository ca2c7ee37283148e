"""The list of commands."""

from __future__ import annotations

import typer

from acctsync.cli.adopt import adopt
from acctsync.cli.check import check
from acctsync.cli.columns import columns
from acctsync.cli.connect import connect
from acctsync.cli.connections import connections
from acctsync.cli.demo import demo
from acctsync.cli.disconnect import disconnect
from acctsync.cli.doctor import doctor
from acctsync.cli.exit_codes import exit_codes
from acctsync.cli.explain import explain
from acctsync.cli.init import init
from acctsync.cli.lists import lists
from acctsync.cli.log import log
from acctsync.cli.manual import back_page, front_page, texts
from acctsync.cli.plan import plan
from acctsync.cli.pull import pull
from acctsync.cli.push import push
from acctsync.cli.reconcile import reconcile
from acctsync.cli.report import report
from acctsync.cli.retry_failed import retry_failed
from acctsync.cli.schema import schema
from acctsync.cli.show import show
from acctsync.cli.simulate import simulate
from acctsync.cli.state import state
from acctsync.cli.status import status
from acctsync.cli.undo import undo

app = typer.Typer(
    name="acctsync",
    help=front_page(),
    epilog=back_page(),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

for _name, _command in (
    ("demo", demo),
    ("simulate", simulate),
    ("init", init),
    ("columns", columns),
    ("schema", schema),
    ("connect", connect),
    ("disconnect", disconnect),
    ("connections", connections),
    ("doctor", doctor),
    ("lists", lists),
    ("check", check),
    ("plan", plan),
    ("explain", explain),
    ("push", push),
    ("retry-failed", retry_failed),
    ("undo", undo),
    ("adopt", adopt),
    ("reconcile", reconcile),
    ("pull", pull),
    ("report", report),
    ("status", status),
    ("log", log),
    ("show", show),
    ("state", state),
    ("exit-codes", exit_codes),
):
    app.command(_name, **texts(_name))(_command)


@app.callback()
def _acctsync() -> None:
    # Global options are taken out before typer looks: see arguments.py.
    pass
