"""Tables of the READMEs: they show the figures that lie beside them, and toys are worked by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scored import ATTRIBUTIONS
from typer.testing import CliRunner

from hprotopnet.__main__ import app
from hprotopnet.errors import InputError
from hprotopnet.studies import attribution_tables, tables, truth_tables
from hprotopnet.studies.cells import anything, code, figure, over_seeds, text, value
from hprotopnet.studies.tables import refresh

ROOT = Path(__file__).resolve().parents[2]


def share(mean: float | None, std: float | None = None, interval: tuple | None = None, n: int = 504) -> dict:
    return {"n": n, "values": [mean], "mean": mean, "std": std, "interval": interval}


def stage(accuracy: dict, sibling: dict, cousin: dict) -> dict:
    kind = {"accuracy": accuracy, "sibling": sibling, "cousin": cousin}
    return {"clip": kind, "video_mean_softmax": kind}


def of_rows(dataset: str = "pantomime") -> dict:
    before = stage(share(0.5), share(0.6), share(0.7))
    after = stage(share(0.8581, 0.0012, (0.84, 0.8749)), share(0.991), share(1.0))
    gap = {"difference": -0.012, "interval": [-0.02, 0.001]}
    return {
        "command": f"python -m hprotopnet study --dataset {dataset} --rows blackbox,cpg10-tied --seeds 3",
        "dataset": dataset,
        "side": "test",
        "seeds": 3,
        "clips": {"train": 1008, "validation": 288, "test": 504},
        "groups": 7,
        "rows": {"blackbox": {"head": after}, "cpg10-tied": {"warm": before, "head": after}},
        "pairs": [
            {"row": "cpg10-tied", "against": "blackbox", **gap, "mistake_severity": gap, "p_sibling_given_error": gap}
        ],
    }


def of_truth() -> dict:
    def seen(mean: float | None) -> dict:
        return {"n": 90, "mean": mean, "interval": [0.1, 0.2]}

    def level(mean: float | None) -> dict:
        pointers = {"network": seen(mean), "centre": seen(0.4), "random": seen(0.25)}
        return dict.fromkeys(("pointing", "weighted", "energy", "iou"), pointers) | {"own_share": seen(0.75)}

    bundles = {
        "runs/cpg10-seed0": {"levels": {"parent": level(0.5), "child": level(None)}},
        "runs/cpg10-seed1": {"levels": {"parent": level(0.6), "child": level(0.3)}},
        "elsewhere/odd|net": {"levels": {"child": level(0.1)}},
    }
    asked = {"side": "test", "clips": 100, "groups": 1, "causal": 9, "stories": 4, "by": {}}
    return {"command": "python -m hprotopnet truth runs/cpg10-seed0", **asked, "bundles": bundles}


def of_causes() -> dict:
    """Two seeds, with causes and moments, and what prototypes are."""

    def row(mean: float) -> dict:
        return {"n": 8, "mean": mean, "interval": [0.0, 1.0]}

    def seed(own: float) -> dict:
        shares = {"grandparent": row(0.1), "parent": row(own), "child": row(-0.05)}
        causes = {"parent": {"own_moves_most": row(own), "shares": shares}}
        moments = {"parent": {"network": row(own), "chance": 0.25}}
        prototypes = {"prototypes": dict.fromkeys(truth_tables.PROTOTYPES, row(own))}
        return {"causes": {"without": causes, "swapped": causes}, "moments": moments, "levels": {"parent": prototypes}}

    return of_truth() | {"bundles": {"runs/cpg10-seed0": seed(0.5), "runs/cpg10-seed1": seed(0.7)}}


def of_pays() -> dict:
    def own(number: float | None, interval: list | None = None) -> dict:
        return {"value": number, "interval": interval}

    names = ("parent_given_wrong", "accuracy", "severity", "grandparent_given_wrong", "parent_given_both_wrong")
    row = {name: own(0.25, [0.2, 0.3]) for name in names} | {"severity": own(1.5)}
    gap = {"kind": "runs/cpg10-seed0", "other": "runs/protopnet10", "rival": "CRM", **row, "severity": own(-0.25)}
    return {
        "command": "python -m hprotopnet pays runs/cpg10-seed0 --seed 1",
        "clips": 1260,
        "looks": 35,
        "kinds": {},
        "levels": {"as they are": {"runs/cpg10-seed0": {"as it is": row | {"wrong": [3, 4]}}}},
        "endpoints": {"kinds": {"runs/cpg10-seed0": {"as it is": row, "HiE": row | {"accuracy": own(None)}}}},
        "against": [gap],
        "verdict": "pays",
        "verdict_beyond_what_costs_nothing": None,
    }


@pytest.fixture
def root(tmp_path) -> Path:
    """A project with pages that hold no table yet."""
    (tmp_path / "assets" / "results").mkdir(parents=True)
    for page in tables.PAGES:
        (tmp_path / page).write_text("# Pages\n", encoding="utf-8")
    return tmp_path


def add(root: Path, name: str, found: object, page: str = "README.md") -> Path:
    (root / "assets" / "results" / f"{name.split()[0]}.json").write_text(json.dumps(found))
    with (root / page).open("a", encoding="utf-8") as file:
        file.write(f"Before.\n\n<!-- table {name} -->\nold\n<!-- end -->\n\nBehind.\n")
    return root / page


def test_readmes_show_the_figures_that_lie_beside_them():
    command = [sys.executable, "-m", "hprotopnet", "tables", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_page_is_made_again_between_its_markers_alone(root):
    first = add(root, "rows-pantomime", of_rows())
    second = add(root, "rows-pantomime pairs", of_rows(), "assets/results/README.md")
    written = ["README.md: rows-pantomime", "assets/results/README.md: rows-pantomime pairs"]
    before = [first.read_text(), second.read_text()]
    assert refresh(root, write=False) == written
    assert [first.read_text(), second.read_text()] == before
    assert refresh(root) == written
    assert refresh(root) == refresh(root, write=False) == []
    content = first.read_text(encoding="utf-8")
    assert content.startswith("# Pages\nBefore.\n\n<!-- table rows-pantomime -->\n\n| network |")
    assert content.endswith("\n\n<!-- end -->\n\nBehind.\n")
    (root / "assets" / "results" / "rows-pantomime.json").write_text(json.dumps(of_rows() | {"seeds": 4}))
    assert refresh(root, write=False) == written


def test_rows_have_deviation_interval_and_number():
    head, line, one, other, _, said = tables.rows_table(of_rows()).splitlines()
    assert head == "| network | clips | class | sibling | cousin |"
    assert line == "|---|---|---|---|---|"
    assert one == "| black box | 504 | 85.8 ± 0.1 [84.0, 87.5] | 99.1 | 100.0 |"
    assert other == "| **CPG-10 tied to the tree** | 504 | 85.8 ± 0.1 [84.0, 87.5] | 99.1 | 100.0 |"
    assert said.startswith(
        "504 test clips in 7 groups. Percent, mean ± sample deviation over 3 seeds of training, [95 %"
    )
    assert said.endswith(": `python -m hprotopnet study --dataset pantomime --rows blackbox,cpg10-tied --seeds 3`")


def test_published_figures_stand_beside_where_there_are_any():
    head, _, one, other, *_ = tables.rows_table(of_rows("ucf101")).splitlines()
    assert head.endswith("| cousin | published |")
    assert one.endswith("| 100.0 | 83.34 / 89.73 / 93.62 |")
    assert other.endswith("| 100.0 | - |")


def test_rows_have_a_view_of_every_stage_and_one_of_pairs():
    _, _, _, warm, last, *_ = tables.stages_table(of_rows()).splitlines()
    assert warm == "| **CPG-10 tied to the tree** | warm | 50.0 | 60.0 | 70.0 | 50.0 | 60.0 | 70.0 |"
    assert last.startswith("| **CPG-10 tied to the tree** | head | 85.8 ± 0.1 [84.0, 87.5] |")
    pair = tables.pairs_table(of_rows()).splitlines()[2]
    assert (
        pair
        == "| **CPG-10 tied to the tree** | black box | -1.2 [-2.0, +0.1] | -0.01 [-0.02, +0.00] | -1.2 [-2.0, +0.1] |"
    )


def test_truth_is_averaged_over_seeds_of_one_recipe():
    head, _, parent, child, odd, _, said = truth_tables.truth_table(of_truth()).splitlines()
    assert head == "| network | seeds | level | clips | pointing | weighted | energy | IoU | own share |"
    placed = " | ".join(["55.0 ± 7.1 / 40.0 / 25.0"] * 4)
    assert parent == f"| Hierarchical ProtoPNet CPG-10 | 2 | parent | 90 | {placed} | 75.0 ± 0.0 |"
    assert child.split(" | ")[4] == "30.0 / 40.0 / 25.0"
    assert odd.startswith(r"| odd\|net | 1 | child | 90 | 10.0 [10.0, 20.0] / 40.0 / 25.0 |")
    assert said.startswith("100 test clips in 1 group.")


def test_causes_and_prototypes_are_averaged_over_seeds():
    head, _, row, _, said = truth_tables.causes_table(of_causes()).splitlines()
    lost, own = "10.0 / 60.0 / -5.0", "60.0 ± 14.1"
    cells = ["Hierarchical ProtoPNet CPG-10", "2", "parent", "8", lost, own, lost, own, f"{own} / 25.0"]
    assert row == f"| {' | '.join(cells)} |"
    assert len(head.split("|")) == len(row.split("|"))
    assert "9 clips rendered again, 4 films" in said
    _, _, row, *_ = truth_tables.prototypes_table(of_causes()).splitlines()
    assert row.split(" | ")[3:] == ["8", *[own] * 6, f"{own} |"]


def test_explainers_have_a_row_for_each_level():
    head, _, first, *_, said = attribution_tables.placed_table(ATTRIBUTIONS).splitlines()
    assert head == "| network | explainer | level | clips | pointing | energy | IoU |"
    assert first == f"| a | Grad-CAM | parent | 12 | {' | '.join(['60.0 [50.0, 70.0] / 60.0 / -'] * 3)} |"
    assert said.startswith("12 test clips in 4 groups.")
    head, _, first, *_, said = attribution_tables.checks_table(ATTRIBUTIONS).splitlines()
    cells = ["-", "-", "0.60 [0.50, 0.70]", "0.60 [0.50, 0.70]", "+60.0 [+50.0, +70.0]", *["0.60 [0.50, 0.70]"] * 2]
    assert first.split(" | ")[3:] == [*cells, "0.6 [0.5, 0.7] |"]
    assert "over 6 clips" in said
    _, _, *rows, _, said = attribution_tables.agreement_table(ATTRIBUTIONS).splitlines()
    assert rows == ["| a | Grad-CAM | Prototypes of the network | 0.60 [0.50, 0.70] / 60.0 | - |"]


def test_explainers_are_averaged_over_seeds():
    seeds = {f"a-seed{number}": ATTRIBUTIONS["networks"]["a"] for number in range(2)}
    found = ATTRIBUTIONS | {"networks": seeds}
    assert "| a | Grad-CAM | child | 12 | 60.0 ± 0.0 / 60.0 / - |" in attribution_tables.placed_table(found)
    assert "| 0.60 / 60.0 | - |" in attribution_tables.agreement_table(found)


def test_pays_has_endpoints_differences_and_verdicts():
    ends, gaps, said = tables.pays_table(of_pays()).split("\n\n")
    cells = "25.0 [20.0, 30.0] | 25.0 [20.0, 30.0]"
    assert ends.splitlines()[2] == f"| Hierarchical ProtoPNet CPG-10 | as it is | {cells} | 1.50 |"
    assert ends.splitlines()[3].split(" | ")[3] == "-"
    cells = " | ".join(["+25.0 [+20.0, +30.0]"] * 3)
    names = "Hierarchical ProtoPNet CPG-10 | flat ProtoPNet-10"
    assert gaps.splitlines()[2] == f"| {names} | CRM | {cells} | -0.25 |"
    assert said.startswith("Verdict: **pays**; beyond what costs nothing: **none**. 1260 clips of 35 looks")
    row = tables.pays_levels_table(of_pays()).splitlines()[2]
    assert row.startswith("| as they are | Hierarchical ProtoPNet CPG-10 | 3 / 4 | 25.0 [20.0, 30.0] |")
    assert row.endswith("| 1.50 |")


def test_trials_have_a_column_for_each_key():
    trials = [
        {"trial": "cut", "what": "Mixed_5c", "seeds": 3, "class": share(0.5, 0.01, [0.4, 0.6])},
        {"trial": "rate", "what": "1e-3 | twice", "seeds": [0, 1], "own_share": 0.12345},
    ]
    assert tables.trials_table(trials).splitlines() == [
        "| trial | what | seeds | class | own share |",
        "|---|---|---|---|---|",
        "| cut | Mixed_5c | 3 | 50.0 ± 1.0 [40.0, 60.0] | - |",
        r"| rate | 1e-3 \| twice | 0 / 1 | - | 0.1235 |",
    ]


def test_cells():
    assert value(None) == "-"
    assert value(0.5, (0.25, 1), sign="+") == "+50.0 [+25.0, +100.0]"
    assert figure(share(None)) == "-"
    assert over_seeds([{"mean": None}, {"mean": None}]) == "-"
    assert anything(True) == "True"
    assert text("<!-- end -->*`|\n") == r"&lt;!-- end --&gt;\*\`\|\\x0a"
    assert (
        code("truth runs/a --data /home/me/films --json '/a b/c.json'") == "`truth runs/a --data films --json c.json`"
    )
    assert code("a 'b`c' '<!-- end -->'") == "`a 'b'c' '< !-- end -->'`"


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        ("absent", None, "README.md: table 'absent' has no figures; make .*absent.json or"),
        ("../secret", None, "'../secret' is the name of no table"),
        ("rows odd", of_rows(), "table 'rows odd' is a view that .*rows.json lacks; it has: stages, pairs"),
        ("other", {"rows": {}}, "other.json: holds no study"),
        ("rows", {"rows": {}, "pairs": []}, "rows.json: lacks what table 'rows' shows"),
        ("trials", [3], "trials.json: lacks what"),
    ],
)
def test_what_has_no_figures_is_refused_by_name_and_nothing_is_written(root, name, found, said):
    add(root, "truth", of_truth())
    page = root / "README.md"
    if found is None:
        page.write_text(page.read_text() + f"<!-- table {name} --><!-- end -->\n")
    else:
        add(root, name, found)
    before = page.read_text()
    with pytest.raises(InputError, match=said):
        refresh(root)
    assert page.read_text() == before


def test_a_marker_without_its_end_is_refused(root):
    page = add(root, "truth", of_truth())
    page.write_text("<!-- table rows -->\n" + page.read_text())
    with pytest.raises(InputError, match=r"README.md: table 'rows' has no end"):
        refresh(root)


def test_the_command_names_what_differs(root, monkeypatch):
    add(root, "truth", of_truth())
    monkeypatch.setattr(tables, "ROOT", root)
    done = [CliRunner().invoke(app, ["tables", *words]) for words in (["--check"], [], ["--check"])]
    assert [own.exit_code for own in done] == [1, 0, 0]
    assert [own.stdout.strip() for own in done] == [
        "differs: README.md: truth",
        "written: README.md: truth",
        "every table shows its figures",
    ]
