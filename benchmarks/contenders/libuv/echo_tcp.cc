// The echo server on libuv itself: uv_tcp_t, as node:net uses it, but without JavaScript.
#include <uv.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "contenders.h"

namespace {

constexpr size_t kBufferSize = 65536;

// One buffer for all: received bytes are sent or copied before the next read.
char buffer[kBufferSize];

struct Owed {
  uv_write_t request;
  uv_stream_t* client;
  char* bytes;
};

void OnRead(uv_stream_t* client, ssize_t size, const uv_buf_t*);

void Allocate(uv_handle_t*, size_t, uv_buf_t* buf) { *buf = uv_buf_init(buffer, kBufferSize); }

void Close(uv_stream_t* client) {
  uv_close(reinterpret_cast<uv_handle_t*>(client),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_tcp_t*>(handle); });
}

// The kernel has not taken everything: nothing more is read until it has.
void SendLater(uv_stream_t* client, const char* bytes, size_t size) {
  auto* const owed = new Owed{{}, client, static_cast<char*>(malloc(size))};
  std::copy(bytes, bytes + size, owed->bytes);
  owed->request.data = owed;
  uv_read_stop(client);
  const uv_buf_t rest = uv_buf_init(owed->bytes, static_cast<unsigned>(size));
  uv_write(&owed->request, client, &rest, 1, [](uv_write_t* request, int status) {
    auto* const done = static_cast<Owed*>(request->data);
    if (status == 0) uv_read_start(done->client, Allocate, OnRead);
    free(done->bytes);
    delete done;
  });
}

void OnRead(uv_stream_t* client, ssize_t size, const uv_buf_t*) {
  if (size == 0) return;
  if (size < 0) {
    Close(client);
    return;
  }
  uv_buf_t all = uv_buf_init(buffer, static_cast<unsigned>(size));
  const int sent = uv_try_write(client, &all, 1);
  if (sent < 0 && sent != UV_EAGAIN) {
    Close(client);
    return;
  }
  const size_t gone = sent < 0 ? 0 : sent;
  if (gone < size_t(size)) SendLater(client, buffer + gone, size - gone);
}

void OnConnection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto* const client = new uv_tcp_t;
  uv_tcp_init(listener->loop, client);
  auto* const stream = reinterpret_cast<uv_stream_t*>(client);
  if (uv_accept(listener, stream) != 0) {
    Close(stream);
    return;
  }
  uv_tcp_nodelay(client, 1);
  uv_read_start(stream, Allocate, OnRead);
}

}  // namespace

void EchoTcp(uv_loop_t* loop) {
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_bind(&listener, reinterpret_cast<sockaddr*>(&address), 0);
  uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, OnConnection);
  int size = sizeof address;
  uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&address), &size);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  uv_run(loop, UV_RUN_DEFAULT);
}
