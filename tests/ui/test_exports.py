"""Taking an explanation away from page Evidence: every form is offered, none is made before it is asked for."""

from dataclasses import replace

from visits import opened

from hprotopnet.views.exports import FORMS


def test_every_form_is_offered_and_none_is_made(bundles, monkeypatch):
    made = []
    for name, form in FORMS.items():
        monkeypatch.setitem(FORMS, name, replace(form, make=lambda own, name=name: made.append(name) or {}))
    app = opened("evidence")
    labels = [button.proto.label for button in app.get("download_button")]
    assert [form.label for form in FORMS.values()] == labels
    assert made == []


def test_a_network_without_a_ball_offers_them_too(bundles):
    app = opened("evidence", bundle="tiny-protopnet2")
    assert len(app.get("download_button")) == len(FORMS)
