"""Versions of the code that turns a video into network input: whatever is kept of its results is kept by them."""

from hprotopnet.data import clips, pictures, transforms, video


def versions() -> dict[str, int]:
    """Version of each module on the way, by its name; it is raised there when the same video gives something else.

    Libraries that decode are trusted to go on giving the same pixels, which a test with a known clip watches.
    """
    return {module.__name__.rpartition(".")[2]: module.VERSION for module in (clips, pictures, video, transforms)}
