"""Whoever reads that a comic failed also reads what to do."""

import errno
import os

import pytest

from library.exceptions import FileChanged
from library.files import sentence
from library.naming import MissingValue
from library.next_steps import next_step


@pytest.mark.parametrize(
    ("message", "step"),
    [
        (str(MissingValue("series")), "Edit tags"),
        (str(MissingValue("publisher")), "Edit tags"),
        (str(FileChanged()), "Look at the file"),
        ("“new.cbz” exists already.", "Rename one of the two"),
        ("Another comic would get the name “new.cbz”.", "Rename one of the two"),
        ("The archive is protected by a password.", "Unpack it with its password"),
        ("The archive ends too early.", "sound copy"),
        ("The archive's end is missing: the file was cut off or is no ZIP file.", "sound copy"),
        ("The file is empty.", "sound copy"),
        ("The archive holds no page images.", "if it is no comic"),
        ("The archive would unpack to more than 8 GiB.", "pack it anew"),
        ("A later change of this comic has to be undone first.", "Undo that one too"),
        ("It has changed since the preview.", "Make the preview again"),
        ("The file is no longer there.", "Scan the library"),
        ("It is packed with PPMd. Install libarchive to read it.", "when that is installed"),
        ("Already right.", ""),
    ],
)
def test_a_message_has_its_next_step(message: str, step: str) -> None:
    told = next_step(message)
    assert step in told
    assert bool(told) == bool(step)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS])
def test_what_the_system_refused_has_one_too(number: int) -> None:
    assert next_step(sentence(OSError(number, os.strerror(number)))), number
