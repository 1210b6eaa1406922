"""Changes a baseline that accepts everything: its first entry goes, the second has expired, and one more matches nothing.

usage: some_states.py BASELINE
"""

import sys
from pathlib import Path

file = Path(sys.argv[1])
head, _, second, *others = file.read_text(encoding="utf-8").split("\n[[accept]]\n")
expired = second.replace("reason = ", "expires = 2020-01-01\nreason = ")
stale = 'glob = "content-type:ivs.GetChannel:no-such-site*"\nreason = "an old bug"\n'
file.write_text("\n[[accept]]\n".join([head, expired, *others, stale]), encoding="utf-8")
