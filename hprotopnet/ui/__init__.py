"""The user interface: the parts that pages are put together from.

Only this package, the pages and app.py know streamlit. What is cached is bounded and shared between sessions, so
nothing in it may be changed after it was made. A new page is a file in `pages/` and a line in app.py.
"""
