"""Kill work at random instants, start it again until it is done, and compare with work that nobody disturbed.

    PYTHONPATH=. python tests/kills.py [--kills 25] [training|rendering|features|bundle ...]

Of each kind of work a line: the same to the bit, and nothing left behind, or what differs. Exit code 1 where anything
does. Times are all that may differ, and the number of the process that last wrote features.
"""

import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
READY = "ready"


def training(world: Path, folder: Path) -> None:
    """A whole run by `train.py`: features, state after every epoch, bundle."""
    from tiny import config_for

    import train

    config = config_for(world, "tiny")
    stages = tuple(replace(stage, epochs=4 * stage.epochs) for stage in config.stages)
    train.recipe = lambda name: replace(config, stages=stages)
    print(READY, flush=True)
    train.main(
        data=world / "videos", recipe_name="tiny", hierarchy=str(world / "tree.csv"), out=folder / "runs" / "net"
    )


def rendering(world: Path, folder: Path) -> None:
    """Videos with their truth by two processes."""
    from hprotopnet.pantomime.writing import write_dataset

    print(READY, flush=True)
    write_dataset(folder / "pantomime", 1, 2, classes=["Lunges", "Violin"], workers=2)


def features(world: Path, folder: Path) -> None:
    """Features of all videos in a cache of their own."""
    import torch
    from tiny import config_for

    from hprotopnet.training.run import prepare

    print(READY, flush=True)
    prepare(config_for(world, "tiny"), world / "videos", None, folder / "cache", torch.device("cpu"))


def bundle(world: Path, folder: Path) -> None:
    """A bundle in the place of another, three times."""
    import torch
    from tiny import config_for

    from hprotopnet.bundles.export import export
    from hprotopnet.training.run import prepare, train

    config = config_for(world, "tiny")
    result = train(config, prepare(config, world / "videos", None, world / "cache", torch.device("cpu")))
    temperature = result.model.temperature.clone()
    print(READY, flush=True)
    for _ in range(3):
        result.model.temperature.copy_(temperature)
        export(config, result, folder / "runs" / "net", True, 0.0)


KINDS: dict[str, Callable[[Path, Path], None]] = {
    work.__name__: work for work in (training, rendering, features, bundle)
}


def survive(kind: str, home: Path, kills: int, seed: int = 0) -> tuple[int, list[str]]:
    """Disturb a kind of work until it was killed so often; returns how often it was done, and what differed then."""
    world, draw = home / "world", random.Random(f"{kind} {seed}")
    if not world.exists():
        from tiny import write_world

        write_world(world)
    undisturbed, disturbed = home / f"{kind}-undisturbed", home / f"{kind}-killed"
    seconds = _run(kind, world, undisturbed, None)
    expected, done, problems = _contents(undisturbed), 0, []
    while kills > 0 or disturbed.exists():
        killed = _run(kind, world, disturbed, draw.uniform(0, seconds) if kills > 0 else None) is None
        kills -= killed
        if not killed:
            done += 1
            problems += _differences(expected, _contents(disturbed))
            shutil.rmtree(disturbed)
    return done, problems


def _run(kind: str, world: Path, folder: Path, until: float | None) -> float | None:
    """Start work and perhaps kill it so many seconds after it is ready; how long it took, None where it was killed."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    own = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "HPROTOPNET_CACHE": str(folder / "cache")}
    environment = os.environ | own | {"TMPDIR": str(folder / "tmp"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), "--work", kind, str(world), str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **pipes) as working:
        while working.stdout.readline().strip() not in (READY, ""):
            pass
        began = time.monotonic()
        try:
            _, said = working.communicate(timeout=until)
        except subprocess.TimeoutExpired:
            os.killpg(working.pid, signal.SIGKILL)
            working.communicate()
            return None
        if working.returncode:
            raise RuntimeError(f"{kind} ended with {working.returncode}: {said}")
        return time.monotonic() - began


def _contents(folder: Path) -> dict[str, Any]:
    """What every file below a folder holds, and that a folder is one."""
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*"))}


def _content(path: Path) -> Any:
    if path.is_dir() or path.name == "writer":
        return None
    content = path.read_bytes()
    if path.suffix == ".json" or path.name.endswith(".json.gz"):
        return _timeless(json.loads(gzip.decompress(content) if path.suffix == ".gz" else content))
    return content


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(own) for name, own in value.items() if name != "seconds"}
    return [_timeless(own) for own in value] if isinstance(value, list) else value


def _differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    problems = [f"{name} is missing" for name in expected.keys() - found.keys()]
    problems += [f"{name} is left behind" for name in found.keys() - expected.keys()]
    return problems + [f"{name} differs" for name in expected.keys() & found.keys() if expected[name] != found[name]]


def main() -> int:
    """Disturb the kinds of work that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all by default")
    parser.add_argument("--kills", type=int, default=25, help="of each kind")
    asked, wrong = parser.parse_args(), 0
    with tempfile.TemporaryDirectory() as home:
        for kind in asked.kinds or KINDS:
            done, problems = survive(kind, Path(home), asked.kills)
            said = "; ".join(sorted(set(problems))) or "the same to the bit, nothing left behind"
            print(f"{kind}: killed {asked.kills} times, done {done} times: {said}", flush=True)
            wrong += len(problems)
    return int(wrong > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        KINDS[sys.argv[2]](*map(Path, sys.argv[3:]))
    else:
        sys.exit(main())
