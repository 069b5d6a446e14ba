"""Robots in chats: what an organisation's groups are told of its events, by an address that each chat gives."""
