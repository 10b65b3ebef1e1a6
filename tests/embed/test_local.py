"""A folder with a model of one's own: static or ONNX, a name made of its files, and what is wrong in words."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from loomgraph import settings
from loomgraph.embed.base import Embedder, Passage
from loomgraph.embed.registry import embedder_for, model_name
from loomgraph.errors import BadInput, EmbeddingFolder, MissingExtra
from loomgraph.service import Service
from loomgraph.service.trying import trials
from loomgraph.settings.embedding import LOCAL, EmbeddingSettings

WORDS = ("[UNK]", "hash", "password", "open", "file", "[PAD]")
ROWS = np.array([[9, 9, 9], [1, 0, 0], [0, 1, 0], [0, 0, 1], [5, 5, 5], [7, 7, 7]], np.float32)
TINY_ONNX = Path(__file__).with_name("tiny.onnx")  # looks up ROWS by input_ids, and has an attention_mask
HALF = 0.5**0.5


def write_tokenizer(folder: Path, words: tuple[str, ...] = WORDS) -> None:
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def write_tensors(folder: Path, **tensors: np.ndarray) -> None:
    kinds = {"float32": "F32", "float16": "F16", "int8": "I8", "int64": "I64", "uint16": "U16"}
    header, data = {}, b""
    for name, one in tensors.items():
        end = len(data) + one.nbytes
        header[name] = {"dtype": kinds[one.dtype.name], "shape": one.shape, "data_offsets": [len(data), end]}
        data += one.tobytes()
    head = json.dumps({"__metadata__": {"format": "np"}, **header}).encode()
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "model"
    found.mkdir()
    write_tokenizer(found)
    write_tensors(found, embeddings=ROWS)
    return found


def local(folder: Path | None, **more: int) -> EmbeddingSettings:
    return replace(EmbeddingSettings(name=LOCAL, folder=folder), **more)


def opened(folder: Path, **more: int) -> Embedder:
    found = embedder_for(local(folder, **more))
    assert found is not None
    return found


# -- static ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["float32", "float16", "int8"])
def test_the_mean_of_the_tokens_as_a_unit_vector(folder: Path, kind: str) -> None:
    write_tensors(folder, embeddings=ROWS.astype(kind))
    embedder = opened(folder)
    found = embedder.questions(["hash password", "open quux", "quux", ""])
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array([[HALF, HALF, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]), abs=1e-6)
    passages = embedder.passages([Passage({}, {}, {}, {"open": 3}, "hash password")])
    assert np.array_equal(passages, found[:1])
    assert embedder.tokens(["hash password", ""]) == [2, 0]
    assert (embedder.dimension, embedder.prose) == (3, True)


def test_rows_by_mapping_and_weights_as_model2vec_keeps_them(folder: Path) -> None:
    weights = np.array([1, 3, 1, 1, 1, 1], np.float32)
    write_tensors(folder, embeddings=ROWS[1:4], mapping=np.array([0, 1, 0, 2, 0, 0], np.int64), weights=weights)
    (found,) = opened(folder).questions(["hash password"])  # three times (0, 1, 0), once (1, 0, 0)
    assert found == pytest.approx(np.array([1, 3, 0]) / 10**0.5)


def test_a_matrix_goes_before_the_onnx_file_that_looks_rows_up_in_it(folder: Path) -> None:
    shutil.copy(TINY_ONNX, folder / "model.onnx")
    assert model_name(local(folder)).startswith("local/static-")
    write_tensors(folder, **{"layer.0.weight": ROWS, "layer.1.weight": ROWS})
    assert model_name(local(folder)).startswith("local/onnx-")


# -- the name --------------------------------------------------------------------------------------------------


def test_a_model_goes_by_its_files_and_not_by_its_place(folder: Path, tmp_path: Path) -> None:
    name = model_name(local(folder))
    assert model_name(local(shutil.copytree(folder, tmp_path / "elsewhere"))) == name == opened(folder).model
    changed = ROWS.copy()
    changed[5, 2] += 1
    write_tensors(folder, embeddings=changed)
    other = model_name(local(folder))
    write_tokenizer(folder, (*WORDS[:4], "files", "[PAD]"))
    assert len({name, other, model_name(local(folder))}) == 3


# -- what is wrong ---------------------------------------------------------------------------------------------


def test_no_folder_is_set() -> None:
    with pytest.raises(BadInput, match="LOOMGRAPH_EMBEDDING_FOLDER"):
        embedder_for(local(None))


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(EmbeddingFolder, match=r"gone cannot be used: there is no such folder"):
        model_name(local(folder / "gone"))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EmbeddingFolder, match=r"no tokenizer\.json"):
        opened(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(EmbeddingFolder, match=r"none of model\.safetensors, model\.onnx"):
        opened(folder)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"a": ROWS, "b": ROWS}, "no matrix of token vectors .* but a, b"),
        ({"embeddings": ROWS[:4]}, "knows 6 tokens, its model.safetensors 4"),
        ({"embeddings": ROWS.astype(np.uint16)}, "are U16"),
        ({"embeddings": ROWS, "weights": ROWS[0]}, r"\(3,\) weights for 6 tokens"),
        ({"embeddings": ROWS[:2], "mapping": np.full(6, 2, np.int64)}, "rows that are not there"),
    ],
)
def test_a_wrong_tensor_is_named(folder: Path, tensors: dict[str, np.ndarray], said: str) -> None:
    write_tensors(folder, **tensors)
    with pytest.raises(EmbeddingFolder, match=said):
        opened(folder)


@pytest.mark.parametrize(("kept", "said"), [(4, "no safetensors file"), (40, "no safetensors file"), (-5, "cut short")])
def test_a_file_cut_short_is_said_to_be(folder: Path, kept: int, said: str) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(EmbeddingFolder, match=said):
        opened(folder)


def test_a_tokenizer_that_is_none(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(EmbeddingFolder, match=r"tokenizer\.json cannot be read"):
        opened(folder)


def test_another_dimension_than_the_one_set(folder: Path) -> None:
    assert opened(folder, dim=3).dimension == 3
    with pytest.raises(EmbeddingFolder, match="3 numbers, but the setting embedding_dim wants 4"):
        opened(folder, dim=4)


# -- ONNX ------------------------------------------------------------------------------------------------------


@pytest.fixture
def onnx(folder: Path) -> Path:
    (folder / "model.safetensors").unlink()
    (folder / "onnx").mkdir()
    shutil.copy(TINY_ONNX, folder / "onnx" / "model.onnx")
    return folder


@pytest.fixture
def onnxruntime() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime, the extra onnx, is not installed")


@pytest.mark.usefixtures("onnxruntime")
def test_onnx_means_the_tokens_that_are_there(onnx: Path) -> None:
    embedder = opened(onnx, batch=2)
    texts = ["hash password", "open", "hash hash hash password", " "]  # two batches, the first one filled up
    found = embedder.questions(texts)
    assert found == pytest.approx(np.array([[HALF, HALF, 0], [0, 0, 1], [0.9**0.5, 0.1**0.5, 0], [0, 0, 0]]), abs=1e-6)
    assert np.array_equal(embedder.passages([Passage({}, {}, {}, {}, text) for text in texts]), found)
    assert (embedder.dimension, embedder.model) == (3, model_name(local(onnx)))


@pytest.mark.usefixtures("onnxruntime")
def test_onnx_reads_as_much_and_pools_as_the_folder_says(onnx: Path) -> None:
    (onnx / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 1e30}))
    (onnx / "config.json").write_text(json.dumps({"max_position_embeddings": 2}))
    assert opened(onnx).questions(["hash password open open"]) == pytest.approx(np.array([[HALF, HALF, 0]]))
    (onnx / "1_Pooling").mkdir()
    (onnx / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert opened(onnx).questions(["password hash"]) == pytest.approx(np.array([[0, 1, 0]]))
    (onnx / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(EmbeddingFolder, match="wants pooling_mode_max_tokens"):
        opened(onnx)


@pytest.mark.usefixtures("onnxruntime")
def test_an_onnx_file_that_is_none(onnx: Path) -> None:
    (onnx / "onnx" / "model.onnx").write_bytes(b"none")
    with pytest.raises(EmbeddingFolder, match=r"model\.onnx cannot be loaded"):
        opened(onnx)


def test_onnx_without_its_extra_names_it(onnx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"loomgraph-kg\[onnx\]"):
        opened(onnx)


# -- in use ----------------------------------------------------------------------------------------------------


def test_a_project_is_indexed_asked_and_inserted_into_with_it(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "a.py").write_text("def one():\n    return 'hash password'\n")
    (project / "b.py").write_text("def two():\n    return 'open'\n")
    given = {"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LLM_BINDING": "none"}
    given |= {"LOOMGRAPH_EMBEDDING": "local", "LOOMGRAPH_EMBEDDING_FOLDER": str(folder)}
    service = Service(settings.load(given), project)
    service.index(str(project))
    body = {"chunks": [{"content": "open file", "source_id": "c", "file_path": "notes.md"}]}
    service.insert_custom_kg("shop", json.dumps(body).encode())
    answer = service.search("hash password")
    assert answer.results[0].file == "a.py"
    assert "semantic" in answer.signals
    assert answer.notes == ()
    (trial,) = trials(settings.load(given))
    assert trial.server == "embedding folder"
    assert f"{folder}: 3 numbers" in trial.detail
