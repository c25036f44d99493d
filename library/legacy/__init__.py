"""Moving in from the ComicMaintainer that was a Flask program: its folder is only read."""
