"""How fast it is, beside the limit of the disk and the other tools: `make bench`."""
