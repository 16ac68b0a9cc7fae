// The contenders on libuv itself. Each takes over the process.
#pragma once

#include <uv.h>

void EchoTcp(uv_loop_t* loop);
void WakePoll(uv_loop_t* loop);
