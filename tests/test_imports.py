"""Imports go one way only: the contracts in pyproject.toml hold, and each of them can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UI = sorted(f"hprotopnet.ui.{path.stem}" for path in (ROOT / "hprotopnet" / "ui").glob("*.py") if path.stem[0] != "_")


# Imports that are not allowed: a room above, a module above, and packages that stand in one place only.
SPOILED = {
    "hierarchy.tree": "hprotopnet.data.clips",
    "data.clips": "hprotopnet.data.dataset",
    "models.network": "hprotopnet.training.run",
    "views.words": "av",
    "bundles.bundle": "pickle",
    "views.render": "streamlit",
    "explain.explanation": "plotly",
    "training.losses": "geoopt",
    "studies.faithfulness": "captum",
    "temporal.training": "hprotopnet.views.words",
}


def contracts_kept(folder: Path) -> tuple[bool, str]:
    """Whether all contracts hold for the package in a folder, and what the linter says."""
    linter = Path(sys.executable).with_name("lint-imports")
    command = [linter, "--config", ROOT / "pyproject.toml", "--no-cache"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return found.returncode == 0, found.stdout + found.stderr


@pytest.fixture
def copy(tmp_path):
    """A copy of the package that a test may spoil."""
    shutil.copytree(ROOT / "hprotopnet", tmp_path / "hprotopnet", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def add_line(folder: Path, module: str, line: str) -> None:
    with (folder / (module.replace(".", "/") + ".py")).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def test_contracts_hold():
    kept, said = contracts_kept(ROOT)
    assert kept, said


def test_every_module_of_the_interface_is_kept_from_training(copy):
    for module in UI:
        add_line(copy, module, "import hprotopnet.training.stages")
    kept, said = contracts_kept(copy)
    assert not kept
    assert [module for module in UI if f"{module} -> hprotopnet.training.stages" not in said] == []


def test_what_a_room_may_not_know_is_found_also_by_way_of_another(copy):
    (copy / "hprotopnet" / "nowhere.py").write_text('"""A module without a place."""\n', encoding="utf-8")
    for module, imported in SPOILED.items():
        add_line(copy, f"hprotopnet.{module}", f"import {imported}")
    kept, said = contracts_kept(copy)
    assert not kept
    assert "hprotopnet.ui is not allowed to import hprotopnet.training" in said
    assert "hprotopnet.nowhere" in said
    missed = [module for module, imported in SPOILED.items() if f"hprotopnet.{module} -> {imported}" not in said]
    assert missed == []


def test_packages_hold_a_docstring_only():
    for path in (ROOT / "hprotopnet").rglob("__init__.py"):
        lines = path.read_text(encoding="utf-8").strip()
        assert lines.startswith('"""'), path
        rest = lines.split('"""', 2)[2].strip()
        assert rest in ("", '__version__ = "0.1.0"'), path


def test_importing_the_package_imports_nothing_else():
    assert imported("import hprotopnet") == []


def test_the_first_screen_waits_for_nothing_that_takes_long_to_load():
    modules = [*UI, "hprotopnet.bundles.showcase", "hprotopnet.views.render"]
    code = f"""
import importlib, sys
for module in {modules}:
    importlib.import_module(module)
    for slow in ("torch", "pandas", "scipy.ndimage"):
        if slow in sys.modules:
            sys.exit(f"{{module}} loads {{slow}}")
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr


def test_pages_only_arrange():
    for page in [*(ROOT / "pages").glob("*.py"), ROOT / "app.py"]:
        assert "hprotopnet.training" not in page.read_text(encoding="utf-8"), page


def imported(line: str) -> list[str]:
    code = f"import sys; {line}; print(*(m for m in ('torch', 'numpy', 'streamlit', 'av') if m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return found.stdout.split()
