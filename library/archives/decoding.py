"""Decompressors behind one shape, with memory that does not grow with what they unpack."""

import bz2
import io
import lzma
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from library.archives.base import MAX_WINDOW_BYTES, check_ratio, check_window
from library.archives.exceptions import DamagedArchive, UnreadFormat

CHUNK_BYTES = 2**18
DECODING_ERRORS = (zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
"""What decompressors raise on damaged bytes; OSError is bz2's."""


class Decoder(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Deflate:
    """zlib's object keeps input that did not fit; the others do that by themselves."""

    def __init__(self, wbits: int) -> None:
        self._object = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, max_length)


class _ZipLzma:
    """LZMA as in ZIP: two bytes of version, a size, then the coder's five (APPNOTE 5.8.8)."""

    def __init__(self) -> None:
        self._header = b""
        self._object: lzma.LZMADecompressor | None = None
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._object is not None and self._object.eof

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._object is None:
            self._header += data
            if len(self._header) < 9:
                return b""
            lclppb, window = struct.unpack_from("<BI", self._header, 4)
            check_window(window)
            self._object = lzma.LZMADecompressor(
                lzma.FORMAT_RAW,
                filters=[
                    {
                        "id": lzma.FILTER_LZMA1,
                        "dict_size": window,
                        "lc": lclppb % 9,
                        "lp": lclppb // 9 % 5,
                        "pb": lclppb // 45,
                    }
                ],
            )
            data = self._header[9:]
        return self._object.decompress(data, max_length)


def _deflate64() -> Any:
    """It knows no limit of its own: whoever feeds it little at a time gets little."""
    from inflate64 import Inflater

    class Deflate64:
        eof, unused_data = False, b""

        def __init__(self) -> None:
            self._object = Inflater()

        def decompress(self, data: bytes, max_length: int = -1) -> bytes:
            unpacked: bytes = self._object.inflate(data) if data else b""
            return unpacked

    return Deflate64()


def _zstandard() -> Any:
    if sys.version_info >= (3, 14):
        from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
    else:
        from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
    window_log = MAX_WINDOW_BYTES.bit_length() - 1

    class Zstandard:
        unused_data = b""

        def __init__(self) -> None:
            self._object = ZstdDecompressor(
                options={DecompressionParameter.window_log_max: window_log}
            )

        @property
        def eof(self) -> bool:
            return bool(self._object.eof)

        def decompress(self, data: bytes, max_length: int = -1) -> bytes:
            try:
                unpacked: bytes = self._object.decompress(data, max_length)
            except ZstdError as error:
                _check_memory(error)
                raise ValueError(str(error)) from error
            return unpacked

    return Zstandard()


def _check_memory(error: Exception) -> None:
    """Raises RefusedArchive where it says that the limit of memory was too low."""
    if "emory" in str(error):
        check_window(MAX_WINDOW_BYTES + 2**20)


_OF_ZIP_METHOD: dict[int, Callable[[], Any]] = {
    8: lambda: _Deflate(-zlib.MAX_WBITS),
    9: _deflate64,
    12: bz2.BZ2Decompressor,
    14: _ZipLzma,
    93: _zstandard,
}
_OF_START: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", lambda: _Deflate(zlib.MAX_WBITS | 16)),
    (b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW_BYTES)),
    (b"BZh", bz2.BZ2Decompressor),
)


def collected(pieces: Iterable[bytes], size: int) -> bytes:
    """As one, without holding all of them twice, as joining would.

    Ends with the piece that makes it more than the size.
    """
    buffer = io.BytesIO()
    for piece in pieces:
        buffer.write(piece)
        if buffer.tell() > size:
            break
    return buffer.getvalue()


def can_unpack(method: int) -> bool:
    """Whether anything here may know how; it tells without loading what does."""
    return method in _OF_ZIP_METHOD


def zip_decoder(method: int) -> Decoder:
    """Raises: UnreadFormat."""
    try:
        decoder: Decoder = _OF_ZIP_METHOD[method]()
    except (KeyError, ImportError) as error:
        raise UnreadFormat("It is compressed in a way that cannot be read.") from error
    return decoder


def stream_decoder(start: bytes) -> Callable[[], Decoder] | None:
    """What makes decoders for a compressed stream that starts so; None for any other."""
    return next((make for mark, make in _OF_START if start.startswith(mark)), None)


def unpacked(chunks: Iterator[bytes], make: Callable[[], Decoder]) -> Iterator[bytes]:
    """A compressed stream's bytes, in small pieces; several streams may follow each other.

    Raises:
        DamagedArchive: it is damaged or ends too early.
        RefusedArchive: it unpacks to suspiciously much, or needs too much memory.
    """
    size = packed_size = 0
    decoder, data = make(), b""
    try:
        for chunk in chunks:
            packed_size += len(chunk)
            data = chunk
            while True:
                if decoder.eof:
                    data = (decoder.unused_data + data).lstrip(b"\0")
                    if not data:
                        break
                    decoder = make()
                piece = decoder.decompress(data, CHUNK_BYTES)
                data = b""
                size += len(piece)
                check_ratio(size, packed_size)
                if piece:
                    yield piece
                elif not decoder.eof:
                    break
    except DECODING_ERRORS as error:
        if isinstance(error, lzma.LZMAError):
            _check_memory(error)
        raise DamagedArchive("The archive's compressed bytes are damaged.") from error
    if not decoder.eof:
        raise DamagedArchive("The archive ends too early.")
