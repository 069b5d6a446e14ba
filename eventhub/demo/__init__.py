"""The demo: the case study's own events and a few invented ones, as data, and what loads them."""
