"""Backups of the database and the secret key.

Comics are not in them, nor the originals in the libraries' trash: those lie with the comics.
"""
