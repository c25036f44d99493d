from library.judging import judge_anew
from library.models import Comic, Library
from library.work.rules import NAME_DIFFERS

TAGS = {"Series": "Moss", "Number": "1", "Title": "Mine"}


def test_what_is_no_duplicate_any_more_is_judged_by_all_rules_of_its_library() -> None:
    library = Library(name="L", rename_files=False)
    comic = Comic(library=library, name="odd.cbz", tags=TAGS, verdict=Comic.Verdict.OK)
    judge_anew(comic, state=Comic.State.NEEDS_WORK, reason=NAME_DIFFERS)
    assert (comic.state, comic.state_reason) == (Comic.State.CLEAN, "")
    library.rename_files = True
    judge_anew(comic, state=Comic.State.CLEAN, reason="")
    assert (comic.state, comic.state_reason) == (Comic.State.NEEDS_WORK, NAME_DIFFERS)
