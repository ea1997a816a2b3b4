"""States packed with a dictionary of what they have in common: some microseconds, and a sixth of the room.

A packed state is one frame of Zstandard (RFC 8878) that names its dictionary, so `zstd -D <file> -d` reads it too.
"""

from __future__ import annotations

from collections.abc import Sequence

from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, get_frame_parameters

from lapor_chassis.errors import Unreadable

LEVEL = 3


class Packing:
    """`dictionaries`: every one that a row may have been packed with, the newest last; that one packs."""

    def __init__(self, dictionaries: Sequence[bytes]) -> None:
        if not dictionaries:
            raise ValueError("no dictionary: the package is not whole")
        known = [ZstdCompressionDict(each) for each in dictionaries]
        self._readers = {each.dict_id(): ZstdDecompressor(dict_data=each) for each in known}
        if 0 in self._readers or len(self._readers) < len(known):
            raise ValueError("a dictionary without a number of its own: make it with a tool that trains dictionaries")
        self._writer = ZstdCompressor(level=LEVEL, dict_data=known[-1])

    def pack(self, text: bytes) -> bytes:
        return self._writer.compress(text)

    def unpack(self, packed: bytes) -> bytes:
        """Raises Unreadable for a dictionary that is not known here: a newer version wrote it."""
        number = get_frame_parameters(packed).dict_id
        reader = self._readers.get(number)
        if reader is None:
            known = ", ".join(map(str, self._readers))
            raise Unreadable(
                f"a state is packed with dictionary {number}, and this version has {known} only: start the version"
                " that wrote it, or a newer one"
            )
        return reader.decompress(packed)
