"""The commands for questions in plain language: ``ask`` and ``search``.

How an answer reads as text is in ``rendering_retrieval``. This module must not know how anything is ranked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loomgraph.cli.common import complete_projects, examples, json_option, make_service, text_for
from loomgraph.cli.output import print_json, print_json_line, safe

if TYPE_CHECKING:
    from loomgraph.service import Service
    from loomgraph.service.retrieval import Wish
    from loomgraph.service.telling import Telling

NOT_THERE = 3  # the exit code of an answer that is: there is none
MODES = ("mix", "naive", "local", "global", "hybrid")
Command = TypeVar("Command", bound=Callable[..., Any])


def retrieving(command: Command) -> Command:
    """The options of a question: where it goes and what its answer must be."""
    for option in reversed((
        click.option("--mode", type=click.Choice(MODES), default="mix", show_default=True,
                     help="naive: passages by words and meaning; local: symbols and what is around them; "
                          "global: relations and their ends; hybrid: both; mix: hybrid and passages."),
        click.option("-n", "--top", type=click.IntRange(1, 1000), default=10, show_default=True,
                     help="At most so many results."),
        click.option("--kind", "kinds", multiple=True, metavar="SYMBOL",
                     help="Only symbols of this kind: class, function, …; repeatable."),
        click.option("--path", default="", metavar="PART", help="Only files whose path holds PART."),
        click.option("--lang", "languages", multiple=True, metavar="LANGUAGE",
                     help="Only files of this language: python, go, …; repeatable."),
        click.option("--tests/--no-tests", default=None,
                     help="Rank tests as high as other code, or leave them out (default: below other code)."),
        click.option("-p", "--project", "projects", multiple=True, metavar="NAME", shell_complete=complete_projects,
                     help="The project to ask (default: the one whose folder holds the current one); repeatable."),
        click.option("--all", "every", is_flag=True, help="Ask every project."),
    )):  # fmt: skip
        command = option(command)
    return json_option(command)


def _wish(mode: str, top: int, kinds: tuple[str, ...], path: str, languages: tuple[str, ...],
          tests: bool | None) -> Wish:  # fmt: skip
    from loomgraph.service.retrieval import Wish

    return Wish(mode, top, kinds, path, languages, tests)


def _show(service: Service, found: Any, as_json: bool, render: str) -> int:
    """Show an answer as a document or as text."""
    if as_json:
        print_json(service.plain(found))
    else:
        from loomgraph.cli import rendering_retrieval as rendering

        roots = {name: service.find_project(name).root for name in found.projects}
        getattr(rendering, render)(text_for(service), roots, str(service.here), found)
    results = found.results if render == "hits" else found.found
    return 0 if results else NOT_THERE


@click.command()
@click.argument("question")
@retrieving
@click.option("--max-total-tokens", type=click.IntRange(1), default=30000, show_default=True,
              help="What symbols, relations and quoted code may take together.")  # fmt: skip
@click.option("--max-entity-tokens", type=click.IntRange(0), default=6000, show_default=True,
              help="What symbols may take of it.")  # fmt: skip
@click.option("--max-relation-tokens", type=click.IntRange(0), default=8000, show_default=True,
              help="What relations may take of it.")  # fmt: skip
@click.option("--no-llm", is_flag=True, help="Answer without the language model, though one is set.")
@click.option("--context", "only_context", is_flag=True,
              help="Show what a language model would read to answer, and ask none.")  # fmt: skip
@examples("""
    loomgraph ask "how is the total of a cart computed"
    loomgraph ask "who calls Price.with_tax"
    loomgraph ask "what inherits from Price" --json
    loomgraph ask "where are sessions stored" --mode local --no-tests
    loomgraph ask "how are retries done" --project client --project server
    loomgraph ask "how is a refund booked" --context --max-total-tokens 8000
    """)
def ask(
    question: str, as_json: bool, projects: tuple[str, ...], every: bool, max_total_tokens: int, max_entity_tokens: int,
    max_relation_tokens: int, no_llm: bool, only_context: bool, **wishes: Any,
) -> int:  # fmt: skip
    """Answer QUESTION, in plain words or as a name: the symbols that answer with their signatures, what they are
    related to, and the code itself, each with its place.

    "Who calls X", "what does X use", "what inherits from X" are answered by the graph. Where a language model is set,
    it words the answer and cites the places; nothing leaves this machine otherwise. A model that cannot be used gives
    way to the answer without it. The exit code is 3 when nothing matches.
    """
    from dataclasses import replace

    service = make_service()
    wish = replace(
        _wish(**wishes), max_total_tokens=max_total_tokens, max_entity_tokens=max_entity_tokens,
        max_relation_tokens=max_relation_tokens,
    )  # fmt: skip
    where: dict[str, Any] = {"projects": projects, "every": every, "wish": wish}
    if only_context:
        found, text = service.context(question, **where)
        if as_json:
            print_json({"question": question, "context": text, "tokens": service.plain(found.tokens)})
        else:
            click.echo(safe(text))
        return 0 if found.found else NOT_THERE
    with service.tell(question, llm=not no_llm, **where) as telling:
        if as_json:
            telling.words()
        elif telling.begin():
            return _stream(service, telling)
        return _show(service, telling.answer, as_json, "answer")


def _stream(service: Service, telling: Telling) -> int:
    """Show the words of a model as they come, then the places that they cite."""
    from loomgraph.cli import rendering_retrieval as rendering

    for piece in telling:
        click.echo(safe(piece), nl=False)
    click.echo()
    roots = {name: service.find_project(name).root for name in telling.answer.projects}
    rendering.citations(text_for(service), roots, str(service.here), telling.answer)
    return 0


@click.command()
@click.argument("words", nargs=-1)
@retrieving
@click.option("--batch", metavar="FILE",
              help='Answer every line of FILE (- for standard input), {"id", "query"} a line.')  # fmt: skip
@examples("""
    loomgraph search "hash a password"
    loomgraph search parse_price --top 3
    loomgraph search "open a connection" --kind method --lang go --no-tests
    loomgraph search --batch queries.jsonl > results.jsonl
    loomgraph search "retry" --all --json
    """)
def search(
    words: tuple[str, ...], as_json: bool, projects: tuple[str, ...], every: bool, batch: str | None, **wishes: Any
) -> int:
    """Search by WORDS, in plain language or names: the definitions and passages that fit best, with their best lines.

    With --batch one JSON line is written for each line read, as soon as it has come: {"id", "results": [{"file",
    "start_line", "end_line", "symbol", "score"}]}. The exit code is 3 when nothing matches.
    """
    service = make_service()
    where: dict[str, Any] = {"projects": projects, "every": every, "wish": _wish(**wishes)}
    if batch is not None:
        if words:
            raise click.UsageError("Give WORDS or --batch, not both.")
        for row in service.search_batch(batch, **where):
            print_json_line(row)
        return 0
    if not words:
        raise click.UsageError("Give WORDS to search for, or --batch FILE.")
    return _show(service, service.search(" ".join(words), **where), as_json, "hits")
