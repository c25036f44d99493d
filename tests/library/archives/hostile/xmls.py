from collections.abc import Iterator

from tests.library.archives.hostile.base import PNG, Kind, kind
from tests.library.archives.making import zip_bytes


def xml() -> Iterator[Kind]:
    laughs = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    documents = {
        "empty": b"",
        "white space": b" \r\n",
        "no XML": b"Series: Moss",
        "not closed": b"<ComicInfo><Series>Moss",
        "crossed": b"<ComicInfo><a><b></a></b></ComicInfo>",
        "two roots": b"<ComicInfo/><ComicInfo/>",
        "another root": b"<Book/>",
        "a document type": b"<!DOCTYPE ComicInfo><ComicInfo/>",
        "a billion laughs": b"<!DOCTYPE x [" + laughs + b"]><ComicInfo>&j;</ComicInfo>",
        "a file as entity": (
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ComicInfo>&a;</ComicInfo>'
        ),
        "a parameter entity": (
            b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/">%a;]><ComicInfo/>'
        ),
        "a foreign document type": b'<!DOCTYPE x SYSTEM "http://127.0.0.1/"><ComicInfo/>',
        "an unknown entity": b"<ComicInfo>&nbsp;</ComicInfo>",
        "a reference to NUL": b"<ComicInfo><Series>&#0;</Series></ComicInfo>",
        "a control character": b"<ComicInfo><Series>\x07</Series></ComicInfo>",
        "bytes that are no UTF-8": b"<ComicInfo><Series>\xff\xfe</Series></ComicInfo>",
        "an unknown encoding": _encoded(b"klingon"),
        "UTF-7": _encoded(b"utf-7"),
        "an encoding that runs code": _encoded(b"unicode_escape"),
        "UTF-16 without a mark": "<ComicInfo/>".encode("utf-16-le"),
        "UTF-16 that breaks off": "\ufeff<ComicInfo/>".encode("utf-16-le")[:-1],
        "40 levels": b"<ComicInfo>" + b"<a>" * 40 + b"</a>" * 40 + b"</ComicInfo>",
        "100,000 levels": b"<ComicInfo>" + b"<a>" * 100_000,
        "20,001 elements": b"<ComicInfo>" + b"<a/>" * 20_001 + b"</ComicInfo>",
        "an attribute twice": b'<ComicInfo a="1" a="2"/>',
        "an open CDATA": b"<ComicInfo><![CDATA[</ComicInfo>",
        "an open comment": b"<ComicInfo><!-- </ComicInfo>",
        "an unbound prefix alone": b"<x:ComicInfo",
    }
    for name, document in documents.items():
        yield kind(
            f"tags: {name}", zip_bytes({"1.png": PNG, "ComicInfo.xml": document}), "warn", "ok"
        )
    wide = b"<ComicInfo " + b" ".join(b'a%d="x"' % n for n in range(50_000)) + b"/>"
    yield kind("tags: 50,000 attributes", zip_bytes({"1.png": PNG, "ComicInfo.xml": wide}), "ok")
    most = b"<ComicInfo><a " + b" ".join(b'%x=">"' % n for n in range(2**20, 2**20 + 190_000))
    most = most.replace(b" 1", b" a") + b"/></ComicInfo>"
    yield kind("tags: 190,000 attributes", zip_bytes({"1.png": PNG, "ComicInfo.xml": most}), "ok")
    blank = b"<ComicInfo>" + b" " * (2**21 - 40) + b"</ComicInfo>"
    yield kind("tags: 2 MiB of nothing", zip_bytes({"1.png": PNG, "ComicInfo.xml": blank}), "ok")
    metron = zip_bytes({"1.png": PNG, "MetronInfo.xml": b"<!DOCTYPE x><MetronInfo/>"})
    yield kind("tags: MetronInfo with a document type", metron, "warn", "ok")
    deep = zip_bytes({"1.png": PNG}, comment=b'{"ComicBookInfo/1.0": ' + b"[" * 60_000)
    yield kind("tags: a comment of 60,000 brackets", deep, "warn", "ok")


def _encoded(encoding: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="' + encoding + b'"?><ComicInfo/>'
