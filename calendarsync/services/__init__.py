"""Writing: each public function is one use case, keyword-only, with the moment handed in as `now`."""
