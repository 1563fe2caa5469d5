"""Decisions of the sandbox that need no database: rules of the wire, of providers and of calendars."""
