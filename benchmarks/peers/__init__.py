"""One driver for each contestant. They run in environments of their own, so they import nothing
of ours but `serving`, which needs the standard library alone."""
