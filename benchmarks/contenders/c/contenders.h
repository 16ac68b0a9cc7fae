// The contenders in C. Each takes over the process.
#pragma once

void EchoSelect();
void EchoPoll();
void EchoEpoll();
void WakePoll();
