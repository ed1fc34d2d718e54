"""Networks to ask why, by name or by folder: published ones, and those of this project."""

from pathlib import Path

from hprotopnet.attribution.attribution import Rivals
from hprotopnet.attribution.networks import NETWORKS, open_network
from hprotopnet.attribution.subject import PrototypeSubject, Subject
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.names import suggest


def open_subject(which: str | Path, progress: bool = True, rivals: Rivals = "all") -> Subject:
    """A published network by its name, see `attribution.networks`, or a bundle by its folder.

    Loading one takes seconds: who asks often keeps it. Raises `InputError` for one that is neither, and when it cannot
    be had; so it does where siblings are to be rivals, and there is no tree.
    """
    if str(which) in NETWORKS and rivals == "siblings":
        raise InputError(f"{which}: its classes are in no tree, so none has siblings; leave out --rivals")
    if str(which) in NETWORKS:
        return open_network(str(which), progress)
    if not Path(which).is_dir():
        known = ", ".join(NETWORKS)
        raise InputError(
            f"{which}: no folder of a bundle, and no network{suggest(str(which), tuple(NETWORKS))}; known: {known}"
        )
    bundle = open_bundle(which)
    return PrototypeSubject(bundle.load_model(), bundle.config.clip, bundle.name, rivals)
