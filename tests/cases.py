"""Runs the small inputs that once failed, which lie beside the checkout, and prints what falls short of what is right.

    PYTHONPATH=. python tests/cases.py [NUMBER ...]

Each case is a folder with a script; what must be found in its output is written here. They take some four minutes, so
they are no part of the suite, which has inputs of its own for every kind.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hprotopnet.models.backbones.weights import cache_dir

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"
# Scripts of the cases name modules as they were called before.
MOVED = {
    "hprotopnet.video": "hprotopnet.data.video",
    "hprotopnet.dataset": "hprotopnet.data.dataset",
    "hprotopnet.bundle": "hprotopnet.bundles.bundle",
    "hprotopnet.report": "hprotopnet.views.report",
    "hprotopnet.sheet": "hprotopnet.views.sheet",
}
ALIASES = f"""
import importlib, importlib.abc, importlib.util, sys
class Moved(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name in {MOVED!r} else None
    def create_module(self, spec):
        module = importlib.import_module({MOVED!r}[spec.name])
        if spec.name.endswith(".dataset"):
            module.make_split = importlib.import_module("hprotopnet.data.splits").make_split
        return module
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Moved())
import hprotopnet.hierarchy
if "forms" in str(sys.argv) or "leak" in str(sys.argv):
    hprotopnet.hierarchy.load_hierarchy = importlib.import_module("hprotopnet.hierarchy.tree").load_hierarchy
"""


def holds(*patterns: str) -> Callable[[str], bool]:
    """Whether all of some patterns are found."""
    return lambda output: all(re.search(pattern, output, re.MULTILINE) for pattern in patterns)


def near_the_original(output: str) -> bool:
    found = re.findall(r"(\d+)\.", output.split("[")[-1])
    return all(abs(int(mean) - own) <= 10 for mean, own in zip(found, (167, 181, 173), strict=True))


def follows_the_content(output: str) -> bool:
    first, second, third = re.findall("^clip .*", output, re.MULTILINE)
    return second == third != first


def drops_nothing(output: str) -> bool:
    rows = [line for line in output.splitlines() if re.match(r"[a-z_+ ]+ +(\d|Input)", line)]
    right = all(re.search(r"18 12 absent 0 unlisted 0|InputError", line) for line in rows)
    usual = holds("^official +18 12", "^crlf.bom +18 12", "^backslash +18 12", "^absolute +18 12", "^windows +18 12")
    return len(rows) == 10 and right and usual(output)


def is_not_overconfident(output: str) -> bool:
    return float(re.search(r"temperature ([\d.]+)", output)[1]) > 0.02 and "(1.00)" not in output


def legible(output: str) -> bool:
    """What sheets draw, not the font alone that the script looks at: names that differ in a letter look different."""
    from hprotopnet.views.sheet import sheet

    names = re.findall(r"^(\S+) drawn as boxes", output, re.MULTILINE)
    pairs = [(name, name[:-1] + chr(ord(name[-1]) + 1)) for name in names]
    return len(names) == 6 and all(sheet([one], []).tobytes() != sheet([other], []).tobytes() for one, other in pairs)


RIGHT: dict[str, Callable[[str], bool]] = {
    "02": holds(r"GR\.B", r"B\.RG", r"RBG\. shape \(284, 160\)"),
    "04": holds(r"duration 5\.00 .* frames 125", "^error: .*cannot start at 6 s"),
    "05": holds(r"(?s)duration 4\.00 .* frames 100.*duration 4\.00 .* frames 100", "^written to"),
    "13": holds(r"\[512\]", r"\[500, 512, 524\]", r"\[0, 125, 250, 375, 512\]"),
    "14": holds("size 320x180"),
    "16": near_the_original,
    "18": holds("damaged: it ends", "damaged = True"),
    "20": holds(r"RGB\. shape \(160, 284\)"),
    "22": holds(r"levels \[0, 1, 2, 10, 15\]"),
    "24": holds(r"duration 1\.28", r"levels \[0, 1, 2, 0\]"),
    "26": follows_the_content,
    "28": drops_nothing,
    "29": holds(r"in both: \[\]"),
    "30": lambda output: "30 videos" in output and "Caf" not in output,
    "31": holds("^bundle written", "explain rc 0 .*explanation.json"),
    "33": holds("24 videos", "6 not used, dead links", "6 not used, folders of thumbnails"),
    "34": is_not_overconfident,
    "38": lambda output: int(output.split()[-1]) <= 10,
    "39": holds("^problem: line 4 "),
    "40": holds("^error: .*not finite", "^rc 2"),
    "41": holds("no picture of where they come from", "explanation.json"),
    "42": lambda output: "Traceback" not in output and "Error" not in output,
    "45": legible,
    "46": holds(r"shorter upload: \[\] \['short.mp4: seconds 1\.4"),
}


def output_of(case: Path, folder: Path) -> str:
    """What the script of a case prints, on both streams."""
    (folder / "sitecustomize.py").write_text(ALIASES)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{folder}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    cache = folder / "cache"
    cache.mkdir()
    for weights in cache_dir().glob("*.safetensors"):  # or every case would fetch them
        (cache / weights.name).symlink_to(weights)
    environment = os.environ | {"REPO": str(ROOT), "PY": str(python), "HPROTOPNET_CACHE": str(cache)}
    done = subprocess.run(
        ["bash", case / "run.sh"], env=environment, capture_output=True, text=True, errors="replace", timeout=300
    )
    return done.stdout + done.stderr


def main(wanted: list[str]) -> int:
    """Run the cases, all or some by number, and return how many fall short."""
    short = 0
    for case in sorted(CASES.glob("*-*")):
        number = case.name[:2]
        if wanted and number not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            output = output_of(case, Path(folder))
        right = RIGHT[number](output)
        short += not right
        print(f"{case.name}: {'right' if right else 'falls short'}", flush=True)
        if not right:
            print(f"  expected: {(case / 'expected.txt').read_text().strip()}\n  printed:")
            print("".join(f"    {line}\n" for line in output.strip().splitlines()[-8:]))
    return short


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
