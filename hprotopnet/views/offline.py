"""An explanation as one file of HTML that plays in any browser with the network cut.

Everything lies in the file: the player, the disk, pictures, texts. It may ask for nothing from anywhere, which a policy
in the file makes the browser enforce, and runs no script but its own, told by their hashes. Without scripts it still
reads from top to bottom, with pictures at rest. Names come from outside and are escaped.
"""

import base64
import hashlib
import html
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Template

import numpy as np

from hprotopnet.disk import scene as disk
from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.files import visible
from hprotopnet.views import player, words
from hprotopnet.views.account import NO_PICTURE, TOLD, Account
from hprotopnet.views.figures import LARGER, classes_under, disk_plate, pair
from hprotopnet.views.film import Scene, film_of_clip
from hprotopnet.views.render import animation
from hprotopnet.views.scenes import Reason, scene_of

MOST_BYTES = 10_000_000  # of a page: with a clip too large for it, fewer prototypes of a level are shown
SIDE = 180  # pixels of a clip on a card
DISK = 460  # height of the disk, in pixels
_FILES = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; media-src blob:;"
    " base-uri 'none'; form-action 'none'"
)


def page(account: Account) -> str:
    """The whole file, with the strongest prototypes of each level, as many as it has room for."""
    for count in range(TOLD, 0, -1):
        found = _page(account, count)
        if len(found.encode()) < MOST_BYTES:
            break
    return found


def _page(account: Account, count: int) -> str:
    levels = account.explanation.levels
    moving: dict[str, str] = {}
    drawn = disk_plate(account, noted=False)
    codes = [_disk_script(), f"{player.script()}\n{_part('offline.js')}"]
    hashes = " ".join(f"'sha256-{_hash(code)}'" for code in codes)
    return Template(_part("offline.html")).substitute(
        policy=_POLICY.format(hashes=hashes),
        style=_part("offline.css"),
        title=text(f"{account.answer}: {account.explanation.video}"),
        answer=text(account.answer),
        truth=f' <small class="truth">{text(account.truth)}</small>' if account.truth else "",
        sentence=text(" ".join(filter(None, [account.sentence, account.verdict]))),
        whence=text(account.whence),
        cautions="".join(f'<p class="caution" role="note">{text(said)}</p>' for said in account.cautions),
        unplayed="The clip is played by a script, which lies in this file but does not run here.",
        drawn=f'<img class="drawn" alt="{text(drawn.title)}" src="{_address(drawn.svg().encode(), "svg+xml")}">',
        place=text(f"{account.place[1]} {account.fidelity} {LARGER}"),
        tabs="".join(_tab(account, level, i) for i, level in enumerate(levels)),
        steps="\n".join(_step(account, i, count, moving) for i in range(len(levels))),
        whynot=_why_not(account, moving),
        classes=_classes(account.likeliest),
        reading="".join(f"<p>{text(said)}</p>" for said in _reading(account)),
        scene=player.embedded(clip_scene(account)),
        styles=player.embedded({"player": player.style(), "disk": disk.style()}),
        tree=player.embedded(disk_scene(account)),
        moving=player.embedded(moving),
        scripts="\n".join(f'<script type="module">{code}</script>' for code in codes),
    )


def text(said: str) -> str:
    """Text from outside as HTML that shows it as it is."""
    return html.escape(visible(said))


def clip_scene(account: Account) -> Scene:
    """The clip with the strongest prototype of each level, for the player."""
    found, config = account.explanation, account.bundle.config
    most = config.model.greatest_similarity
    reasons = [Reason(level, account.hierarchy, most) for level in found.levels]
    return scene_of(found, film_of_clip(account.images, config.clip, found.times), reasons)


def disk_scene(account: Account) -> disk.Scene:
    """The tree with the path and the clip's star."""
    tree, found = account.hierarchy, account.explanation
    probabilities = [found.probabilities[name] for name in tree.nodes]
    path = ", then ".join(account.name(step) for step in found.path)
    return disk.Scene(
        tree,
        account.base,
        -1,
        f"Hyperbolic disk, path to {path}. Arrows walk to parent, children and siblings, Enter centres.",
        np.array(probabilities),
        tree.index(found.path[-1]),
        star=account.place[0],
        columns={"Probability": [words.probability(value) for value in probabilities]},
        tools=("path", "table"),
        height=DISK,
    )


def _tab(account: Account, level: LevelExplanation, i: int) -> str:
    chosen = 'aria-selected="true"' if i == 0 else 'aria-selected="false" tabindex="-1"'
    named = f"<small>{text(level.level.capitalize())}</small><b>{text(account.name(level.node))}</b>"
    told = f"{named}{words.probability(level.probability)}"
    of = f'id="tab-{i}" aria-controls="step-{i}" data-node="{text(level.node)}"'
    return f'<button type="button" role="tab" {of} {chosen}>{told}</button>'


def _step(account: Account, i: int, count: int, moving: dict[str, str]) -> str:
    """A level: its sentence and its prototypes; what moves is put into `moving`."""
    levels = account.explanation.levels
    level = levels[i]
    told = level.telling(count)
    cards = [_card(account, level, row, f"{i}-{place}", moving) for place, row in enumerate(told)]
    under = "" if told or (not level.evidence and i + 1 == len(levels)) else _classes(classes_under(account, level))
    reading = f'<p class="soft">{text(account.reading(level))}</p>' if told else ""
    after = ""
    if i + 1 < len(levels):
        label = f"Next step, {levels[i + 1].level}: {account.name(levels[i + 1].node)}"
        after = f'<button type="button" class="next" hidden>{text(label)}</button>'
    node = account.true_node(level)
    truth = f' <small class="truth">{text(f"truth: {node}")}</small>' if node else ""
    head = f"<h3>{text(level.level.capitalize())}: {text(account.name(level.node))}{truth}</h3>"
    shown = str(i) if level.evidence else ""
    of = f'id="step-{i}" data-level="{shown}" role="tabpanel" aria-labelledby="tab-{i}" tabindex="0"'
    said = f"<p>{text(account.said(level))}</p>"
    return f'<section class="step" {of}>{head}{said}{under}{"".join(cards)}{reading}{after}</section>'


def _why_not(account: Account, moving: dict[str, str]) -> str:
    """The two pieces that decide between the likeliest class and the second one; nothing without such pieces."""
    found, tree = account.explanation, account.hierarchy
    top, level = found.levels[-1], found.runner_up
    if not (level and level.evidence and top.evidence):
        return ""
    head = f'<h2 id="whynot">Why not {text(account.name(level.node))}?</h2>'
    said = f"<p>{text(words.second(level, top, tree))}</p>"
    cards = [
        f"<h3>Speaks most for {text(account.name(own.node))}</h3>"
        f"{_card(account, own, own.evidence[0], f'why-{place}', moving)}"
        for place, own in enumerate((top, level))
    ]
    return f'<section aria-labelledby="whynot">{head}{said}{"".join(cards)}</section>'


def _card(account: Account, level: LevelExplanation, row: PrototypeEvidence, key: str, moving: dict[str, str]) -> str:
    """This piece of the clip looks like that piece of a training clip: both, at rest until they are clicked."""
    number, fps = account.number(row), account.bundle.config.clip.pace
    called = f"prototype {number} of {account.name(account.source(row).node)}"
    figures = []
    for side, clip in zip(("here", "there"), pair(account, level, row, SIDE, moving=True), strict=True):
        if clip is None:
            figures.append(f'<p class="missing">{text(NO_PICTURE)}</p>')
            continue
        moving[f"{key}-{side}"] = _address(animation(clip, fps))
        what = "beside it its heat map" if side == "here" else "beside it what is in the box"
        alt = f"{'This' if side == 'here' else 'Training'} clip with the box of {called}, and {what}"
        size = f'width="{clip.shape[2]}" height="{clip.shape[1]}"'
        still = _address(animation(clip[:1], fps))
        figures.append(f'<img {size} alt="{text(alt)}" data-moving="{key}-{side}" src="{still}">')
    here, there = (
        f"<figure>{picture}<figcaption>{text(said)}</figcaption></figure>"
        for picture, said in zip(figures, (account.when(row), account.origin(row)), strict=True)
    )
    play = f'<button type="button" class="play" data-called="{text(called)}" hidden></button>'
    head = f"<h4>Prototype {number}: {text(account.weight(level, row))}</h4>{play}"
    like = '<span class="like" aria-hidden="true">≈</span>'
    below = " ".join([f"{account.similarity(row)}.", *_without(level, row)])
    pictures = f'<div class="pair">{here}{like}{there}</div>'
    return f'<article class="card"><div class="head">{head}</div>{pictures}<p class="soft">{text(below)}</p></article>'


def _without(level: LevelExplanation, row: PrototypeEvidence) -> Iterator[str]:
    after = row.probability_muted
    if after is not None:
        yield words.without_piece(level, row)


def _classes(rows: list[tuple[str, float]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{text(name)}</th>'
        f'<td class="bar"><div style="width:{100 * min(value, 1):.1f}%"></div></td>'
        f"<td>{words.probability(value)}</td></tr>"
        for name, value in rows
    )
    head = '<tr><th scope="col">Class</th><td></td><th scope="col">Probability</th></tr>'
    return f'<table class="classes"><thead>{head}</thead><tbody>{body}</tbody></table>'


def _reading(account: Account) -> list[str]:
    counting = [account.counting] if account.bundle.prototypes else []
    sure = words.probability(account.threshold)
    answer = f"The answer is the deepest node at least {sure} probable; where none is, it is not sure."
    return [answer, *counting, *filter(None, [account.trust])]


def _address(picture: bytes, kind: str = "webp") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _disk_script() -> str:
    return f"{disk.script()}\nglobalThis.mountDisk = mount;"


def _hash(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()


@cache
def _part(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")
