// What the load generator can do. Each prints one line of JSON.
#pragma once

#include "options.h"

// Messages of random sizes and bytes, which must come back as they were.
void Verify(const Options& options);
// Every connection sends its next message as soon as the one before is back.
void Closed(const Options& options);
// Messages leave by the clock, whether the ones before are back or not.
void Open(const Options& options);
// Opens connections as lines on stdin ask for, which then do nothing.
void Idle(const Options& options);
// Makes an fd ready again and again, as often as lines on stdin ask for.
void Wake(const Options& options);
