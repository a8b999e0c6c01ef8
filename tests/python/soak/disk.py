"""A disk that is full while building and while publishing: a small tmpfs stands for it, where mounting one is allowed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from soak.world import World

# Room left, in MB: one ends while files land, one in the middle of the models.
_ROOM_TO_BUILD = (3, 20)


class NotAllowedError(Exception):
    """No file system may be mounted here."""


def disk_full(world: World, say: Callable[[str], None]) -> dict[str, Any]:
    """What happened, by case, and under `wrong` what should not have."""
    found: dict[str, Any] = {"wrong": []}
    for name, room in (*((f"building, {room} MB left", room) for room in _ROOM_TO_BUILD), ("publishing", None)):
        say(f"disk full while {name}")
        try:
            wrong, message = _building(world, room) if room else _publishing(world)
        except NotAllowedError as reason:
            found[name] = f"skipped: {reason}"
            continue
        found[name] = message
        found["wrong"] += [f"disk full while {name}: {text}" for text in wrong]
    return found


def _building(world: World, room: int) -> tuple[list[str], str]:
    """The work folder on a full disk; then the disk is made larger and the same command run again."""
    world.reset()
    used = sum(file.stat().st_size for file in world.settings.work.rglob("*") if file.is_file())
    with _small(world.root / "small", used // 2**20 + room) as small:
        shutil.copytree(world.settings.work, small, dirs_exist_ok=True)
        return _full_then_free(world.elsewhere(work=small), small)


def _publishing(world: World) -> tuple[list[str], str]:
    """The serve folder on a full disk that holds the present release and half of the next."""
    world.reset()
    served = world.served().path
    used = sum(file.stat().st_size for file in served.rglob("*") if file.is_file())
    with _small(world.root / "small", 0, kilobytes=used * 3 // 2 // 1024) as small:
        target = small / "releases" / served.name
        shutil.copytree(served, target)
        (small / "current").symlink_to(f"releases/{served.name}")
        return _full_then_free(world.elsewhere(serve=small), small)


def _full_then_free(world: World, small: Path) -> tuple[list[str], str]:
    world.reveal()
    before = world.served().stamp
    ended = world.refresh()
    wrong = []
    message = str(ended.said.get("error", {}).get("what", ""))
    if ended.code != 3 or "disk" not in message or "full" not in message:
        wrong.append(f"ended with {ended.code}: {json.dumps(ended.said)[:800]}")
    if world.served().stamp != before or world.broken():
        wrong.append(f"the release: {world.served().stamp} for {before}, {world.broken()}")
    subprocess.run(["mount", "-o", "remount,size=500m", str(small)], check=True)
    again = world.refresh()
    if again.code != 0 or world.differences():
        wrong.append(f"with room again: ended with {again.code}: {json.dumps(again.said)[:800]} {world.differences()}")
    return wrong, message


@contextmanager
def _small(folder: Path, megabytes: int, *, kilobytes: int = 0) -> Iterator[Path]:
    folder.mkdir()
    size = f"size={megabytes * 1024 + kilobytes}k"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    try:
        if mounted.returncode:
            raise NotAllowedError(mounted.stderr.strip() or "mount failed")
        yield folder
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()
