"""Reading for pages: frozen rows, a fixed number of queries."""
