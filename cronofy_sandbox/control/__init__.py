"""The tester's side: acting as the user, faults, clock and logs under /_sandbox/."""
