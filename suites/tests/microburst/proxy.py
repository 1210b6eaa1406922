"""microburst as it is, with a seed, and without what it does to signed requests: it writes the host and escapes anew."""

import random
import sys

import aiohttp
from microburst import forward
from microburst.cli import main
from yarl import URL

outbound = forward.Upstream._outbound_headers


def outbound_headers(self, request):
    return {**outbound(self, request), "host": request.headers["host"]}


forward.Upstream._outbound_headers = outbound_headers
aiohttp.ClientSession._build_url = lambda self, url: URL(url, encoded=True)
random.seed(int(sys.argv.pop(1)))
sys.exit(main())
