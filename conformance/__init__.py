"""A full session of the official Node client with a freshly started sandbox: `make conformance`."""
