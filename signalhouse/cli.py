"""The command line. Every command is a few lines around one function; heavy imports happen inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from signalhouse.errors import SignalhouseError
from signalhouse.settings import Settings

app = typer.Typer(
    name="signalhouse",
    help="Turns a company's exports into audited marts: land, build, audit, publish.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 refused by the audit, 2 wrong use, configuration or folders (no right, a damaged database), "
    "3 build failed, 4 another run holds the lock.",
)

Landing = Annotated[
    str | None,
    typer.Option(
        "--landing", help="Folder or s3:// or gs:// address of the exports [SIGNALHOUSE_LANDING or ./landing]"
    ),
]
Serve = Annotated[
    str | None, typer.Option("--serve", help="Folder of the releases that readers see [SIGNALHOUSE_SERVE or ./serve]")
]
Work = Annotated[
    str | None, typer.Option("--work", help="Private folder of the databases being built [SIGNALHOUSE_WORK or ./work]")
]
DemoLanding = Annotated[str, typer.Option("--landing", help="Folder that the exports are written to")]
DemoServe = Annotated[str, typer.Option("--serve", help="Folder of the demo's releases")]
DemoWork = Annotated[str, typer.Option("--work", help="Folder of the demo's databases")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Last day to report, for old exports; freshness is then not checked")
]
Target = Annotated[
    str | None,
    typer.Option("--target", help="Engine: duckdb or bigquery [SIGNALHOUSE_TARGET or duckdb]; docs/bigquery.md"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else")]
Force = Annotated[bool, typer.Option("--force", help="Build every model even when nothing is new")]
From = Annotated[str | None, typer.Option("--from", help="Compute the days from this one on from landing once more")]
To = Annotated[str | None, typer.Option("--to", help="With --from: the last of these days")]


@app.command()
def land(
    landing: Landing = None,
    serve: Serve = None,
    work: Work = None,
    as_of: AsOf = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Prepare new and changed exports; afterwards `dbt build` works by itself."""
    from signalhouse import console, show
    from signalhouse.refresh import land_dict, land_only

    def run(settings: Settings) -> None:
        with console.progress(json) as progress:
            run_id, report = land_only(settings, progress=progress)
        if json:
            console.print_json({"run_id": run_id, "outcome": "landed", "exit_code": 0, "land": land_dict(report)})
        else:
            show.show_land(console.out(), report)

    _do("land", json, run, landing=landing, serve=serve, work=work, as_of=as_of, target=target)


@app.command()
def refresh(
    landing: Landing = None,
    serve: Serve = None,
    work: Work = None,
    as_of: AsOf = None,
    target: Target = None,
    json: Json = False,
    force: Force = False,
    first: From = None,
    last: To = None,
) -> None:
    """Land what is new, build, audit, and publish a release."""
    from signalhouse import console, show
    from signalhouse.backfill import Span
    from signalhouse.refresh import refresh as run_refresh

    def run(settings: Settings) -> None:
        with console.progress(json) as progress:
            report = run_refresh(settings, force=force, again=Span.of(first, last), progress=progress)
        if json:
            console.print_json(report.as_dict())
        else:
            show.show_refresh(console.out(), report, settings)

    _do("refresh", json, run, landing=landing, serve=serve, work=work, as_of=as_of, target=target)


@app.command()
def demo(
    landing: DemoLanding = "demo/landing",
    serve: DemoServe = "demo/serve",
    work: DemoWork = "demo/work",
    json: Json = False,
    force: Force = False,
    accounts: Annotated[int, typer.Option("--accounts", help="Customers of the company, at least 20")] = 300,
    days: Annotated[int, typer.Option("--days", help="Days of its history, at least 60")] = 240,
    seed: Annotated[int, typer.Option("--seed", help="Another number is another company")] = 7,
    only_write: Annotated[bool, typer.Option("--only-write", help="Write the exports and stop")] = False,
) -> None:
    """Write a made-up company's exports below ./demo, with their truth, and refresh from them."""
    from signalhouse import console, show
    from signalhouse.demo_refresh import demo_refresh, write_company

    def run(settings: Settings) -> None:
        company = {"accounts": accounts, "days": days, "seed": seed}
        with console.progress(json) as progress:
            if only_write:
                truth = write_company(settings, **company, progress=progress)
            else:
                report = demo_refresh(settings, **company, force=force, progress=progress)
        if only_write:
            written = {"outcome": "written", "exit_code": 0, "objects": truth.objects}
            console.print_json(written) if json else show.show_written(console.out(), truth.objects)
        elif json:
            console.print_json(report.as_dict())
        else:
            show.show_refresh(console.out(), report, settings)

    _do("demo", json, run, landing=landing, serve=serve, work=work, as_of=None)


@app.command()
def status(
    landing: Landing = None, serve: Serve = None, work: Work = None, target: Target = None, json: Json = False
) -> None:
    """What readers see, what ran last, who is at work now."""
    from signalhouse import console, show
    from signalhouse.status import status as read_status

    def run(settings: Settings) -> None:
        found = read_status(settings)
        if json:
            console.print_json({"exit_code": 0, **found})
        else:
            show.show_status(console.out(), found, settings)

    _do("status", json, run, landing=landing, serve=serve, work=work, as_of=None, target=target)


@app.command()
def rollback(
    to: Annotated[
        str | None, typer.Option("--to", help="Release to go back to; without it, the one before the current")
    ] = None,
    landing: Landing = None,
    serve: Serve = None,
    work: Work = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Let readers see an earlier release again."""
    from signalhouse import console, show
    from signalhouse.lock import locked
    from signalhouse.publish import releases
    from signalhouse.refresh import release_dict
    from signalhouse.warehouse import warehouse_of

    def run(settings: Settings) -> None:
        # A refresh at work would publish over the step back a moment later.
        with locked(settings, "rollback"):
            release = warehouse_of(settings).rollback(to)
        if json:
            console.print_json({"outcome": "rolled_back", "exit_code": 0, "release": release_dict(release)})
        else:
            console.out().print(
                f"readers see release {release.stamp} again; the next refresh that finds something new publishes over it"
            )
            show.show_releases(console.out(), releases(settings))

    _do("rollback", json, run, landing=landing, serve=serve, work=work, as_of=None, target=target)


@app.command()
def doctor(
    landing: Landing = None, serve: Serve = None, work: Work = None, target: Target = None, json: Json = False
) -> None:
    """Look at everything a refresh needs; each line says what to do."""
    from dataclasses import asdict

    from signalhouse import console, show
    from signalhouse.doctor import doctor as look

    def run(settings: Settings) -> None:
        findings = look(settings)
        code = 2 if any(finding.state == "bad" for finding in findings) else 0
        if json:
            console.print_json({"exit_code": code, "findings": [asdict(finding) for finding in findings]})
        else:
            show.show_findings(console.out(), findings)
        raise typer.Exit(code)

    _do("doctor", json, run, landing=landing, serve=serve, work=work, as_of=None, target=target)


def _do(command: str, json: bool, run: Callable[[Settings], None], **places: Any) -> None:
    """Resolves the settings, runs, and turns a failure into its message and its exit code."""
    from signalhouse import console
    from signalhouse.runs import unforeseen

    settings = None
    try:
        settings = Settings.resolve(json_output=json, **places)
        run(settings)
    except (typer.Exit, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001  (the last place that can still say it to a person)
        failure = error if isinstance(error, SignalhouseError) else unforeseen(error, settings)
        if json:
            console.print_json(console.failure_dict(failure))
        else:
            console.print_failure(failure, command)
        raise typer.Exit(failure.exit_code) from None


def main() -> None:
    """The program `signalhouse`."""
    from signalhouse.collector import collect_seldom

    collect_seldom()
    app()


if __name__ == "__main__":
    main()
