"""What the paper reports: Tables 1 to 3 of Gulshad, Long and van Noord, arXiv 2301.00436, in percent.

They were measured on whole data sets with a backbone that was trained along; rows of this project are the same kinds of
networks on other data, so that the two may be read beside each other and not subtracted. Shares of siblings and cousins
in Table 2 are near what chance would give among mistakes, and are to be read with care.
"""

from typing import NamedTuple

LEVELS = ("accuracy", "sibling", "cousin")


class Published(NamedTuple):
    """One row of a table.

    Attributes:
        network: as the paper calls it.
        shares: of `LEVELS`, in percent; those that the table has.
        table: its number.
    """

    network: str
    shares: tuple[float, ...]
    table: int


NETWORKS = {
    "blackbox": "3D-Resnet",
    "hyperbolic": "Resnet-Hyperbolic",
    "protopnet10": "ProtoPNet",
    "leaf10": "Hierarchical ProtoPNet",
    "cpg5": "Hierarchical ProtoPNet CPG, 5",
    "cpg10": "Hierarchical ProtoPNet CPG, 10",
}
SHARES: dict[tuple[str, str], tuple[int, tuple[tuple[float, ...], ...]]] = {  # in the order of `NETWORKS`
    ("UCF-101", "clip"): (
        1,
        (
            (83.34, 89.73, 93.62),
            (82.64, 89.99, 93.28),
            (78.30, 85.92, 90.98),
            (79.49, 88.60, 92.79),
            (79.45, 88.88, 92.73),
            (80.40, 89.30, 93.02),
        ),
    ),
    ("ActivityNet", "clip"): (
        2,
        (
            (49.99, 51.59, 63.88),
            (49.95, 52.03, 65.44),
            (46.06, 47.74, 61.67),
            (46.02, 48.76, 62.77),
            (45.67, 48.72, 62.84),
            (46.26, 48.93, 62.97),
        ),
    ),
    ("UCF-101", "video_majority"): (3, ((87.92,), (87.15,), (84.48,), (84.03,), (84.87,), (86.22,))),
    ("ActivityNet", "video_majority"): (3, ((69.15,), (70.19,), (66.46,), (64.66,), (63.82,), (66.48,))),
}
DATASETS = {"ucf101": "UCF-101", "activitynet": "ActivityNet"}  # by how names of our data sets begin


def published(dataset: str, kind: str) -> dict[str, Published]:
    """What the paper reports, by the row of a recipe's name that it belongs to; empty where it has nothing.

    Args:
        dataset: first part of recipes' names; `ucf101-nine` is a part of UCF-101.
        kind: "clip", or "video_majority" as the paper counts videos.
    """
    called = next((name for own, name in DATASETS.items() if dataset.startswith(own)), "")
    if (called, kind) not in SHARES:
        return {}
    table, rows = SHARES[called, kind]
    return {
        row: Published(network, shares, table) for (row, network), shares in zip(NETWORKS.items(), rows, strict=True)
    }
