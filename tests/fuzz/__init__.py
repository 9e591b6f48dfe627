"""The fuzz target, and the seeds it starts from."""
