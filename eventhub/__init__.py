"""EventHub: workshops, webinars and series for networks that work across languages and time zones."""

__version__ = "0.1.0"
