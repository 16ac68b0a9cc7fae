"""asyncio on uvloop, which is libuv."""
import uvloop

import on_asyncio


def echo():
    uvloop.install()
    on_asyncio.echo()
