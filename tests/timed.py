"""Streamlit as ever, but every run of a page is written down, a line each: `python tests/timed.py LOG run app.py ...`.

A line holds the page, "part" where a fragment of it alone ran, and the seconds that it took: on the clock, where it
waits for whatever else the machine does, and of a processor.
"""

import json
import sys
import threading
import time

from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web.cli import main

FILE = sys.argv.pop(1)
_page = threading.local()
_run_page, _run_script = StreamlitPage.run, ScriptRunner._run_script


def run_page(self: StreamlitPage) -> None:
    _page.title = self.title
    _run_page(self)


def run_script(self: ScriptRunner, asked) -> None:
    began, used = time.perf_counter(), time.thread_time()
    try:
        _run_script(self, asked)
    finally:
        what = [getattr(_page, "title", ""), "part" if asked.fragment_id_queue else "page"]
        with open(FILE, "a", encoding="utf-8") as file:
            file.write(json.dumps([*what, time.perf_counter() - began, time.thread_time() - used]) + "\n")


StreamlitPage.run, ScriptRunner._run_script = run_page, run_script
main()
