import zlib

_MOST_BITS, _LEAST_BITS = 15, 9


def deflated(data: bytes, *, level: int = zlib.Z_DEFAULT_COMPRESSION, raw: bool = False) -> bytes:
    """With a window no larger than the data: clearing the memory of the largest one takes ten times
    as long as compressing a ComicInfo.xml.

    `raw`: without zlib's head and sum, as ZIP has it.
    """
    bits = min(_MOST_BITS, max(_LEAST_BITS, len(data).bit_length()))
    memory_level = bits - 7  # as many symbols to a block as the data have bytes
    deflate = zlib.compressobj(level, zlib.DEFLATED, -bits if raw else bits, memory_level)
    return deflate.compress(data) + deflate.flush()
