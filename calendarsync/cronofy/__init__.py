"""Cronofy's REST API over HTTP and JSON. Knows no Django and no table of ours."""
