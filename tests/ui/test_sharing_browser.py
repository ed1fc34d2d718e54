"""Who can open the app, started as the README says, and what they see."""

import socket

import pytest
from browsing import needs_chromium, served, visit

OTHER = "127.0.0.2"  # this machine by another address: nobody listens there who listens at 127.0.0.1 alone


def answers(host: str, address: str) -> bool:
    try:
        socket.create_connection((host, int(address.rpartition(":")[2])), 5).close()
    except OSError:
        return False
    return True


def test_nobody_else_can_open_it_wherever_it_was_started(tmp_path):
    with served(tmp_path) as address:
        assert answers("127.0.0.1", address)
        assert not answers(OTHER, address)


@pytest.mark.usefixtures("tiny_bundle")
@needs_chromium
def test_others_see_the_folders_that_were_named_and_no_other(page, tiny_world):
    everybody = ("--server.address", "0.0.0.0")
    with served(tiny_world, *everybody, "--", "--share", str(tiny_world / "videos")) as address:
        assert answers(OTHER, address)
        visit(page, f"{address}/evidence?source=Data folder&folder={tiny_world}&bundle=tiny-cpg2")
        assert page.get_by_text("There is no shared folder").count() == 1
        assert page.get_by_role("combobox", name="Folder of class folders").input_value() == "videos"
        assert page.get_by_role("combobox", name="Video", exact=True).count() == 1
        assert page.get_by_role("textbox", name="Folder of class folders").count() == 0
