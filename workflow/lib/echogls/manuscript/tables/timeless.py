"""Office files without the time of writing: the same tables, the same file."""

import re
import zipfile
from pathlib import Path

from echogls.files import whole_file

PROPERTIES = "docProps/core.xml"
TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def make_timeless(path: Path) -> None:
    """Write a .docx or .xlsx anew, with one time in its properties and for each of its parts."""
    with zipfile.ZipFile(path) as store:
        parts = {name: store.read(name) for name in store.namelist()}
    parts[PROPERTIES] = TIME.sub(rb"\g<1>2018-09-20T00:00:00Z\g<2>", parts[PROPERTIES])
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w") as store:
        for name, content in parts.items():
            store.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
