"""A local stand-in for Cronofy: the same endpoints, a portal, calendars of invented people, and faults on demand."""
