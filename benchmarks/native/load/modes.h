// The modes of the load generator. Each prints one line of JSON.
#pragma once

#include "client.h"
#include "options.h"

// Messages of random sizes and bytes, which must come back as they were.
void Verify(int port, const Options& options);
// The server's CPU time to accept connections.
void Accept(const Options& options);
// Every connection sends its next message as soon as the one before is back.
void Closed(Clients& clients, const Options& options);
// Messages leave by the clock, whether the ones before are back or not.
void Open(Clients& clients, const Options& options);
// Makes an fd ready again and again.
void Wake(const Options& options);
