from library.exceptions import ComicError


class MetadataError(ComicError):
    """The ComicInfo.xml cannot be read or must not be written; it stays as it is."""
