"""Use cases of the sandbox: each public function is one thing an application, a user or a tester does."""
