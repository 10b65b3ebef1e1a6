"""Errors about what was asked for: input that cannot be used, and what is not there.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from typing import Any

from loomgraph.errors.base import LoomGraphError, printable


class BadInput(LoomGraphError):
    """{reason}"""

    code = "bad_input"


class InvalidProjectName(BadInput):
    """{name} is not a project name: it must begin with a letter or digit and hold only letters, digits, _ and -,
    64 at most. Choose another with --project."""

    code = "invalid_project_name"


class FolderNotFound(BadInput):
    """There is no folder {path}. Check the spelling, or give the folder that holds the source code."""

    code = "folder_not_found"


class NotAFolder(BadInput):
    """{path} is not a folder. Give the folder that holds the source code."""

    code = "not_a_folder"


class NothingToIndex(BadInput):
    """Nothing to index in {path}: {reason}. Check the folder and the --include and --exclude patterns."""

    code = "nothing_to_index"


class InvalidSettings(BadInput):
    """Settings that cannot be used: {problems}. Every setting and where it may stand: docs/settings.md."""

    code = "invalid_settings"

    def show(self, key: str, value: Any) -> str:
        return "; ".join(map(printable, value)) if key == "problems" else super().show(key, value)


class ProjectTaken(BadInput):
    """The project {name} already holds {root}. Choose another name with --project, or delete that one with
    `loomgraph projects delete {name}`."""

    code = "project_taken"


class NotPushable(BadInput):
    """The project {name} cannot be pushed to: {reason}. Choose another name with --project."""

    code = "not_pushable"


class PushIncomplete(BadInput):
    """The server lacks {count} files of this push. Push again: only what is missing travels."""

    code = "push_incomplete"


class NoProjectHere(BadInput):
    """No project holds {path}. `loomgraph index {path}` makes one; --project NAME asks another."""

    code = "no_project_here"


class SeveralProjectsHere(BadInput):
    """Several projects hold {path}: {names}. Say which with --project."""

    code = "several_projects_here"


class ImportUnreadable(BadInput):
    """{path}, line {line}: {reason}. Give a custom_kg document or the output of `loomgraph export --format jsonl`."""

    code = "import_unreadable"


class BadCustomKg(BadInput):
    """This is no custom_kg: {problems}. It holds lists of chunks (content, source_id), entities (entity_name) and
    relationships (src_id, tgt_id, description, keywords)."""

    code = "bad_custom_kg"

    def _text(self, details: dict[str, Any]) -> str:
        return super()._text({**details, "problems": self.told()})

    def told(self, most: int = 5) -> str:
        """The first errors, each with its place."""
        errors = self.details.get("errors", [])
        shown = [f"{e['place']}: {e['msg']}" if e.get("place") else e["msg"] for e in errors[:most]]
        if len(errors) > most:
            shown.append(f"and {len(errors) - most} more")
        return "; ".join(shown)


class EntityExists(BadInput):
    """There is an entity {name} already. Edit it, or merge the two."""

    code = "entity_exists"


class RelationExists(BadInput):
    """There is such a relation from {source} to {target} already. Edit it, or give it other keywords."""

    code = "relation_exists"


class SymbolIndexed(BadInput):
    """{name} comes from indexed source code and changes with it alone. Edit the source and index it again, or
    create an entity under another name."""

    code = "symbol_indexed"


class DiffUnreadable(BadInput):
    """This is not a unified diff: {reason}. Give the output of `git diff` or `diff -u`."""

    code = "diff_unreadable"


class EmptyQuestion(BadInput):
    """The question holds no word to look for. Ask with words, or with the name of a symbol."""

    code = "empty_question"


class QuestionTooLong(BadInput):
    """The question has {size} bytes; {limit} are the most. Ask with fewer words."""

    code = "question_too_long"


class QueriesUnreadable(BadInput):
    """{path}, line {line}: {reason}. Give one JSON object a line:
    {{"id": "1", "query": "where are passwords hashed"}}"""

    code = "queries_unreadable"


class GitFailed(BadInput):
    """git could not answer for {path}: {reason}. Give a revision of a git repository, or files."""

    code = "git_failed"


class NotFound(LoomGraphError):
    """{reason}"""

    code = "not_found"


class UnknownProject(NotFound):
    """There is no project {name}. `loomgraph projects` lists them; `loomgraph index PATH` makes one."""

    code = "unknown_project"


class UnknownPush(NotFound):
    """There is no push {plan}: it is done, or too old. Push again."""

    code = "unknown_push"


class UnknownFile(NotFound):
    """The graph holds no file {path}. Paths are relative to the project's root; `loomgraph index` reads new files."""

    code = "unknown_file"


class UnknownSymbol(NotFound):
    """There is no symbol {spelling}.{hint}"""

    code = "unknown_symbol"

    def __init__(self, *, spelling: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(spelling=spelling, nearest=nearest)

    def _text(self, details: dict[str, Any]) -> str:
        nearest = details["nearest"]
        hint = f" Nearest: {', '.join(nearest)}." if nearest else " `loomgraph find PART` searches by part of a name."
        return super()._text({**details, "hint": hint})


class UnknownEntity(NotFound):
    """There is no entity {name}. Names are matched whole, case and all."""

    code = "unknown_entity"


class UnknownRelation(NotFound):
    """There is no relation from {source} to {target} of these keywords. Direction counts."""

    code = "unknown_relation"


class AmbiguousSymbol(LoomGraphError):
    """{spelling} names {count} symbols: {shown}. Give one of them whole, or as file:line."""

    code = "ambiguous_symbol"

    def __init__(self, *, spelling: str, candidates: tuple[str, ...]) -> None:
        super().__init__(spelling=spelling, candidates=candidates)

    def _text(self, details: dict[str, Any]) -> str:
        candidates = details["candidates"]
        shown = ", ".join(candidates[:10]) + (f" and {len(candidates) - 10} more" if len(candidates) > 10 else "")
        return super()._text({**details, "count": len(candidates), "shown": shown})
