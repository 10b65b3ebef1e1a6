"""Reads tsconfig.json and jsconfig.json: where modules are looked for (baseUrl, paths, extends, references)."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.languages.ecmascript.jsonc import parse_object, strings


def lower(_root: Node | None, source: bytes, builder: Builder) -> None:
    """Fill ``builder.extra`` with what module resolution needs."""
    config, problem = parse_object(source)
    if problem:
        builder.problem(0, problem)
    options = config.get("compilerOptions")
    options = options if isinstance(options, dict) else {}
    paths = options.get("paths")
    references = config.get("references")
    base = options.get("baseUrl")
    builder.extra.update(
        base_url=base if isinstance(base, str) else None,
        paths={str(key): strings(value) for key, value in paths.items()} if isinstance(paths, dict) else {},
        extends=strings(config.get("extends")),
        references=[each["path"] for each in references if isinstance(each, dict) and isinstance(each.get("path"), str)]
        if isinstance(references, list)
        else [],
        root_dirs=strings(options.get("rootDirs")),
        jsx_import_source=options.get("jsxImportSource") if isinstance(options.get("jsxImportSource"), str) else None,
    )
