"""The blueprint of the pages that gather several packages: home, desk, links, privacy."""

from flask import Blueprint

bp = Blueprint("pages", __name__, url_prefix="/<any(en,zh):lang>")
