"""Pure decisions: standard library and dateutil only. No Django, no I/O, no clock; everything is handed in."""
