"""Certificates of attendance and of speaking, and the page that says whether one is good."""
