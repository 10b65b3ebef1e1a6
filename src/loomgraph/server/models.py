"""Bodies and answers of LightRAG's dialect, as its OpenAPI document has them (compared with it by the tests).

This module must not know what is done with them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Mode = Literal["local", "global", "hybrid", "naive", "mix", "bypass"]
Count = Annotated[int, Field(ge=1, le=1000)]
Tokens = Annotated[int, Field(ge=1, le=1_000_000)]
Text = Annotated[str, Field(max_length=65536)]
Name = Annotated[str, Field(min_length=1, max_length=4096)]


def example(**given: Any) -> ConfigDict:
    """What a body's documentation shows of it."""
    return ConfigDict(json_schema_extra={"examples": [given]})


class QueryRequest(BaseModel):
    """A question, and how it is to be answered."""

    model_config = example(query="How is the total of a cart computed?", mode="mix")

    query: Text = Field(description="The question.")
    mode: Mode = Field(default="mix", description="naive: passages; local: symbols; global: relations; hybrid, mix.")
    only_need_context: bool | None = Field(default=None, description="Only the context, no language model.")
    only_need_prompt: bool | None = Field(default=None, description="Only the prompt that the model would get.")
    response_type: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        default=None, description="The form of the answer, in words: `Bullet Points`, `Single Paragraph`, …"
    )
    top_k: Count | None = Field(default=None, description="How many symbols or relations.")
    chunk_top_k: Count | None = Field(default=None, description="How many passages.")
    max_entity_tokens: Tokens | None = Field(default=None, description="What symbols may take; 6000 when left out.")
    max_relation_tokens: Tokens | None = Field(default=None, description="What relations may take; 8000.")
    max_total_tokens: Tokens | None = Field(default=None, description="What all together may take; 30000.")
    hl_keywords: list[str] = Field(default_factory=list, max_length=64, description="Searched beside it: topics.")
    ll_keywords: list[str] = Field(default_factory=list, max_length=64, description="Searched beside it: names.")
    conversation_history: list[dict[str, Any]] | None = Field(
        default=None, description="What was said before: a list of `role` and `content`."
    )
    user_prompt: Text | None = Field(default=None, description="What the model is told besides.")
    disable_user_prompt_prefix: bool | None = Field(default=None, description="Taken, and changes nothing.")
    enable_rerank: bool | None = Field(default=None, description="Taken, and changes nothing.")
    include_references: bool | None = Field(default=True, description="Whether the files come with the answer.")
    include_chunk_content: bool | None = Field(default=False, description="Also their passages.")
    include_progress: bool | None = Field(default=False, description="Lines of a stream that tell how far it is.")
    stream: bool | None = Field(default=None, description="`false` makes the answer one line of a stream.")


class ReferenceItem(BaseModel):
    """A file that an answer rests on."""

    reference_id: str
    file_path: str
    content: list[str] | None = None


class QueryResponse(BaseModel):
    """An answer in words."""

    response: str
    references: list[ReferenceItem] | None = None
    response_time: float | None = None
    llm_generated: bool = True


class QueryDataResponse(BaseModel):
    """What an answer would rest on, as data."""

    status: str
    message: str
    data: dict[str, Any]
    metadata: dict[str, Any]


class EntityCreateRequest(BaseModel):
    """A new entity: its data inside ``entity_data``, or flat beside the name."""

    model_config = example(
        entity_name="total",
        entity_data={"entity_type": "function", "description": "Adds prices.", "source_id": "a.py:3"},
    ) | ConfigDict(extra="allow")
    entity_name: Name
    entity_data: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: Any) -> Any:
        return _nested(given, "entity_data", ("entity_name",))


class RelationCreateRequest(BaseModel):
    """A new relation: its data inside ``relation_data``, or flat beside its ends."""

    model_config = example(
        source_entity="checkout", target_entity="total",
        relation_data={"keywords": "calls", "description": "checkout calls total", "source_id": "shop.py:12"},
    ) | ConfigDict(extra="allow")  # fmt: skip
    source_entity: Name
    target_entity: Name
    relation_data: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: Any) -> Any:
        return _nested(given, "relation_data", ("source_entity", "target_entity"))


def _nested(given: Any, inside: str, names: tuple[str, ...]) -> Any:
    if not isinstance(given, dict) or inside in given:
        return given
    return {**{name: given[name] for name in names if name in given},
            inside: {name: value for name, value in given.items() if name not in names}}  # fmt: skip


class EntityUpdateRequest(BaseModel):
    """What changes of an entity; ``entity_name`` in ``updated_data`` renames it."""

    model_config = example(entity_name="total", updated_data={"description": "Adds the prices of a cart up."})
    entity_name: Name
    updated_data: dict[str, Any]
    allow_rename: bool = False
    allow_merge: bool = False


class RelationUpdateRequest(BaseModel):
    """What changes of a relation."""

    model_config = example(source_id="checkout", target_id="total", updated_data={"keywords": "calls, references"})
    source_id: Name
    target_id: Name
    updated_data: dict[str, Any]


class EntityMergeRequest(BaseModel):
    """Entities that become one."""

    model_config = example(entities_to_change=["total_old", "sum_up"], entity_to_change_into="total")
    entities_to_change: list[str] = Field(min_length=1)
    entity_to_change_into: Name


class DeleteEntityRequest(BaseModel):
    """An entity to delete, with its relations."""

    model_config = example(entity_name="total_old")
    entity_name: Name


class DeleteRelationRequest(BaseModel):
    """A relation to delete."""

    model_config = example(source_entity="checkout", target_entity="total_old")
    source_entity: Name
    target_entity: Name


class DeletionResult(BaseModel):
    """How a deletion went."""

    status: Literal["success", "not_found", "not_allowed", "fail"]
    doc_id: str
    message: str
    status_code: int = 200
    file_path: str | None = None


class SourcesRequest(BaseModel):
    """Sources whose entities, relations and chunks go: files, or source ids as they were given."""

    model_config = example(source_ids=["src/auth.py"])
    source_ids: list[str] = Field(max_length=100_000)


class ProjectRequest(BaseModel):
    """A new project."""

    model_config = example(name="my-project")
    name: str = Field(max_length=200)
    engine: Literal["", "native", "lightrag"] = Field("", description="What answers; the server's setting if empty.")


class RenameRequest(BaseModel):
    """Another name for a project."""

    model_config = example(name="my-project-2")
    name: str = Field(max_length=200)


class SearchRequest(BaseModel):
    """A search by words or names, and what results must be."""

    model_config = example(query="where are prices parsed", top=5, kinds=["function"], path="src/")
    query: Text = Field(description="What is looked for: words, or a name.")
    mode: Literal["local", "global", "hybrid", "naive", "mix"] = "mix"
    top: int = Field(default=10, ge=1, le=1000, description="At most so many results.")
    kinds: list[str] = Field(default=[], max_length=100, description="Only symbols of these kinds.")
    path: str = Field(default="", max_length=4096, description="Only files whose path holds this.")
    languages: list[str] = Field(default=[], max_length=100, description="Only files of these languages.")
    tests: bool | None = Field(default=None, description="false: no tests; true: tests rank as high as other code.")


class AskRequest(SearchRequest):
    """A question, and what may be spent on its answer."""

    model_config = example(query="who calls Price.with_tax", top=5)
    max_entity_tokens: int = Field(default=6000, ge=0, le=1_000_000)
    max_relation_tokens: int = Field(default=8000, ge=0, le=1_000_000)
    max_total_tokens: int = Field(default=30_000, ge=1, le=1_000_000)
