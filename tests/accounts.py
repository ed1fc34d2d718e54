"""Accounts to export: of stored clips, of networks that lack something, and of names that nobody expects."""

from dataclasses import replace
from pathlib import Path

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_images
from hprotopnet.views.account import Account, account_of

SHIPPED = Path(__file__).resolve().parents[1] / "checkpoints" / "pantomime-cpg10-tied"
EVIL = "=1+1</script><img src=x onerror='harm=1'>\"&\u202e\ufffe"


def account(folder: Path) -> Account:
    """Of the first stored clip of a bundle."""
    bundle = open_bundle(folder)
    stored = load_showcase(bundle)[0]
    images = stored_images(stored.clip, bundle)
    return account_of(bundle, stored.explanation, images, bundle.config.threshold, stored.label)


def changed(own: Account, **parts: object) -> Account:
    """The same with other parts of its bundle: `hierarchy` or `prototypes`."""
    bundle = replace(own.bundle)
    bundle.__dict__.update({name: getattr(own.bundle, name) for name in ("hierarchy", "prototypes")} | parts)
    return replace(own, bundle=bundle)


def without_excerpts(own: Account) -> Account:
    return changed(own, prototypes=tuple(replace(row, excerpt=None) for row in own.bundle.prototypes))


def hostile(own: Account) -> Account:
    """The same with names that would break out of what is written."""
    tree = replace(own.hierarchy, display=tuple(f"{EVIL}{i}" for i in range(len(own.hierarchy.nodes))))
    rows = tuple(replace(row, video=f"{EVIL}{i}") for i, row in enumerate(own.bundle.prototypes))
    return replace(changed(own, hierarchy=tree, prototypes=rows), explanation=replace(own.explanation, video=EVIL))
