"""Pages: each view reads through a selector or makes one service call."""
