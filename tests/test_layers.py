"""Imports go one way only: whoever opens a module can read it knowing only what stands to its left."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "hprotopnet"

# Each module may import those named before it, nothing after it.
ORDER = (
    "errors",
    "files",
    "structure",
    "data.pictures",
    "config",
    "hierarchy.tree",
    "evaluation.metrics",
    "hierarchy.ball",
    "hierarchy.points",
    "disk.poincare",
    "disk.layouts",
    "disk.fidelity",
    "disk",
    "data.video",
    "data.clips",
    "data.transforms",
    "data.splits",
    "data.dataset",
    "pantomime",
    "pantomime.stage",
    "pantomime.look",
    "pantomime.shapes",
    "pantomime.figure",
    "pantomime.instruments",
    "pantomime.games",
    "pantomime.rides",
    "pantomime.props",
    "pantomime.canvas",
    "pantomime.settings",
    "pantomime.surfaces.ground",
    "pantomime.surfaces.sports",
    "pantomime.surfaces.music",
    "pantomime.surfaces.exercise",
    "pantomime.surfaces.household",
    "pantomime.surfaces.surface",
    "pantomime.apparatus",
    "pantomime.actions.action",
    "pantomime.actions.sports",
    "pantomime.actions.music",
    "pantomime.actions.exercise",
    "pantomime.actions.household",
    "pantomime.actions.catalogue",
    "pantomime.camera",
    "pantomime.spec",
    "pantomime.rendering",
    "pantomime.truth",
    "pantomime.stories",
    "pantomime.crew",
    "pantomime.writing",
    "pantomime.contact",
    "pantomime.conditions",
    "models.owners",
    "models.loading",
    "models.backbones.base",
    "models.backbones.cpu",
    "models.backbones.i3d",
    "models.backbones.resnet3d",
    "models.backbones.weights",
    "models.backbones.registry",
    "models.kinetics",
    "models.prototypes",
    "models.network",
    "training.losses",
    "training.projection",
    "data.features",
    "data.augmented",
    "evaluation.predictions",
    "training.stages",
    "recipes",
    "pantomime.rendered",
    "explain.explanation",
    "bundles.replacing",
    "bundles.bundle",
    "views.words",
    "explain.prototypes",
    "studies.faithfulness",
    "bundles.provenance",
    "bundles.traces",
    "bundles.showcase",
    "studies.pointing",
    "studies.cues",
    "training.run",
    "disk.labels",
    "disk.figure",
    "disk.svg",
    "views.render",
    "views.sheet",
    "views.report",
    "studies.rows",
    "bench.network",
    "bench.app",
    "cli",
    "__main__",
    "ui.shared",
    "ui.atlas",
    "ui.hierarchy",
    "ui.cases",
    "ui.backbone",
    "ui.choose",
    "ui.clip",
    "ui.evidence",
    "ui.story",
)
UI = ("atlas", "hierarchy", "cases", "backbone", "choose", "clip", "evidence", "story")
# Packages that only the named modules may import.
ONLY = {
    "av": {"video"},
    "geoopt": {"embedding", "hyperbolic"},
    "streamlit": {"ui", *(f"ui.{part}" for part in UI)},
    "plotly": {"disk.figure", "disk.svg", "render"},
    "pickle": {"backbones.weights"},
}
# What the app needs to explain must not drag training along.
APART = {"explain": {"training", "losses"}, "render": {"torch", "training"}, "ui": {"training", "losses", "torch"}}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        if name != "__init__":
            found[name] = path
    return found


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own(path: Path) -> set[str]:
    """Modules of the package that a file imports."""
    names = {name.removeprefix("hprotopnet.") for name in imports(path) if name.startswith("hprotopnet.")}
    return names & set(modules())


def test_every_module_has_its_place():
    assert set(modules()) <= set(ORDER), "name the new module in ORDER"


@pytest.mark.parametrize("name", modules())
def test_imports_go_left(name):
    later = ORDER[ORDER.index(name) + 1 :]
    assert not own(modules()[name]) & set(later)


@pytest.mark.parametrize(("package", "allowed"), ONLY.items())
def test_some_packages_are_imported_in_one_place(package, allowed):
    users = {name for name, path in modules().items() if package in {i.split(".")[0] for i in imports(path)}}
    assert users <= allowed


@pytest.mark.parametrize(("name", "barred"), APART.items())
def test_explaining_does_not_need_training(name, barred):
    if name in modules():
        assert not {part.split(".")[0] for part in imports(modules()[name])} & barred
        assert not own(modules()[name]) & barred


def test_pages_only_arrange():
    for page in [*(ROOT / "pages").glob("*.py"), ROOT / "app.py"]:
        assert not own(page) & {"training", "losses", "projection", "experiment"}


def test_importing_the_package_imports_nothing_else():
    code = "import sys, hprotopnet; print([m for m in ('torch', 'numpy', 'streamlit', 'av') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert found.stdout.strip() == "[]"
