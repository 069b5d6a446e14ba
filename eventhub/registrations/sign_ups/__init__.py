"""Signing up for sessions: a list for each session that wants one, with places, a queue and its people."""
