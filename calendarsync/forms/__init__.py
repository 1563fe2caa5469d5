"""What people type, checked where they typed it."""
