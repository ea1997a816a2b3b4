"""`lapor install`."""

from __future__ import annotations

from typing import Annotated

import typer

from lapor_deploy import install as jars
from lapor_deploy.embedded.jars import jars_dir

app = typer.Typer()


@app.command()
def install(
    relock: Annotated[
        bool, typer.Option("--relock", help="For maintainers: resolve Kafka's jars anew and write the lock.")
    ] = False,
) -> None:
    """Fetch Kafka's jars (once) and check each against the lock."""
    if relock:
        typer.echo(f"{jars.relock()} jars locked")
        return
    fetched = jars.install()
    jars.warm_up()
    if fetched:
        typer.echo(f"{fetched} jars installed in {jars_dir()}")
