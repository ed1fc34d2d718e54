"""Take an explanation away: a page, moving pictures, figures, numbers, each made when it is asked for."""

from functools import partial

import streamlit as st

from hprotopnet.files import visible
from hprotopnet.ui.cases import Case
from hprotopnet.ui.clip import anchors
from hprotopnet.views.account import Account
from hprotopnet.views.exports import FORMS, single, single_mime, single_name


def offer_exports(case: Case, threshold: float | None = None) -> None:
    """A button that opens to one for each form.

    Args:
        threshold: how sure the network must be of an answer; that of the network by default.
    """
    threshold = case.bundle.config.threshold if threshold is None else threshold
    account = Account(case.bundle, case.explanation, case.images, threshold, anchors(case.bundle), case.truth)
    stem = visible(case.explanation.video).replace("/", "_").rsplit(".", 1)[0]
    with st.popover("Download this explanation", icon=":material/download:"):
        st.caption("Made when you click; a film takes some seconds.")
        for form, known in FORMS.items():
            st.download_button(
                known.label,
                partial(single, account, form),
                single_name(form, stem),
                single_mime(form),
                key=f"export {form}",
                help=known.told,
                on_click="ignore",
                width="stretch",
            )
