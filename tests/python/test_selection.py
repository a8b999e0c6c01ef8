"""What a refresh leaves alone rests on dbt knowing what each model reads; what it cannot know, the models say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[2]
# What --as-of sets has a selector of its own; the key is drawn once for a work folder.
HAVE_THEIR_OWN = {"setting", "hash_key"}


def test_a_model_that_reads_the_ledger_says_so() -> None:
    """It is built whenever a file came, whichever export the file belongs to."""
    readers, tagged = set(), set()
    for path in (PROJECT / "models").rglob("*.sql"):
        if set(re.findall(r"source\('ops', *'(\w+)'\)", path.read_text())) - HAVE_THEIR_OWN:
            readers.add(path.stem)
    for path in (PROJECT / "models").rglob("*.yml"):
        for model in (yaml.safe_load(path.read_text()) or {}).get("models", ()):
            if "ledger" in model.get("config", {}).get("tags", ()):
                tagged.add(model["name"])
    assert readers == tagged
    assert readers, "no model reads the ledger: then nothing needs the tag"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    target = str(tmp_path_factory.mktemp("target"))
    places = [
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT / ".ci" / "profiles"),
        "--target-path",
        target,
    ]
    return dbtRunner().invoke(["--quiet", "parse", *places, "--log-path", target]).result


def test_whose_days_a_model_asks_for_is_made_before_it(manifest: Any) -> None:
    """Between its slice and its delete the log must not grow, or rows of the days that came late are lost."""
    macros = {one.name: one.macro_sql for one in manifest.macros.values() if one.package_name == "signalhouse"}
    before: dict[str, set[str]] = {}

    def made_before(node: str) -> set[str]:
        if node not in before:
            read = getattr(manifest.nodes[node].depends_on, "nodes", [])  # a seed reads nothing
            parents = [one for one in read if one in manifest.nodes]
            before[node] = {manifest.nodes[one].name for one in parents}.union(*map(made_before, parents))
        return before[node]

    def asked(text: str, seen: set[str]) -> set[str]:
        """The models named to touched_days in a text and in the macros that it names, called or handed on."""
        found = {name for names in re.findall(r"touched_days\(\[(.*?)\]\)", text) for name in re.findall(r"\w+", names)}
        for name in set(re.findall(r"\w+", text)) & macros.keys() - seen:
            seen.add(name)
            found |= asked(macros[name], seen)
        return found

    models = [node for node in manifest.nodes.values() if node.resource_type == "model" and "days" in node.config.meta]
    by_model = {node.name: asked(f"{node.raw_code} {node.config.meta['days']}", set()) - {node.name} for node in models}
    late = {node.name: by_model[node.name] - made_before(node.unique_id) for node in models}
    assert {name: names for name, names in late.items() if names} == {}
    assert by_model["fct_activation"] == {"fct_activation_event", "dim_actor"}
