"""What a refresh leaves alone rests on dbt knowing what each model reads; what it cannot know, the models say."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

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
