"""What people see of the sandbox: the portal they walk through and the calendar page of a linked account."""
