// The echo server on io_uring(7) in C: one accept and one receive for each connection that go on by
// themselves (multishot), buffers that the kernel picks from a ring, and one system call for all
// that a turn has to send. It does not wait for readiness: the kernel moves the bytes.
#include <liburing.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "../c/server.h"
#include "contenders.h"

namespace {

constexpr unsigned kEntries = 4096;
constexpr unsigned kBuffers = 1024;  // a power of two
constexpr size_t kBufferSize = 16384;
constexpr int kGroup = 0;

enum Kind : uint32_t { kAccept, kReceive, kSend };

// Bytes that wait to be sent, in one of the kernel's buffers.
struct Piece {
  unsigned buffer;
  unsigned from;
  unsigned size;
};

struct Connection {
  std::deque<Piece> owed;  // the first one is under way
  bool is_receiving = false;
  bool is_over = false;
};

class Server {
 public:
  explicit Server(io_uring* ring) : ring_(ring), memory_(kBuffers * kBufferSize) {}

  // False: the kernel has no ring of buffers.
  bool Start() {
    const size_t bytes = kBuffers * sizeof(io_uring_buf);
    void* const pages = aligned_alloc(4096, bytes);
    if (pages == nullptr) return false;
    buffers_ = static_cast<io_uring_buf_ring*>(pages);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uint64_t>(buffers_);
    registration.ring_entries = kBuffers;
    registration.bgid = kGroup;
    if (io_uring_register_buf_ring(ring_, &registration, 0) != 0) return false;
    io_uring_buf_ring_init(buffers_);
    for (unsigned i = 0; i < kBuffers; ++i) GiveBack(i);
    listener_ = Listen();
    Accept();
    return true;
  }

  void Run() {
    for (;;) {
      io_uring_submit_and_wait(ring_, 1);
      io_uring_cqe* completion = nullptr;
      unsigned head = 0;
      unsigned seen = 0;
      io_uring_for_each_cqe(ring_, head, completion) {
        ++seen;
        OnCompletion(*completion);
      }
      io_uring_cq_advance(ring_, seen);
      ReceiveAgain();
    }
  }

 private:
  void OnCompletion(const io_uring_cqe& completion) {
    const int fd = static_cast<int>(completion.user_data >> 32);
    switch (static_cast<uint32_t>(completion.user_data)) {
      case kAccept:
        OnAccept(completion);
        break;
      case kReceive:
        OnReceive(fd, completion);
        break;
      default:
        OnSend(fd, completion.res);
    }
  }

  void OnAccept(const io_uring_cqe& completion) {
    if ((completion.flags & IORING_CQE_F_MORE) == 0) Accept();
    if (completion.res < 0) return;
    const size_t fd = completion.res;
    if (connections_.size() <= fd) connections_.resize(fd + 1);
    connections_[fd] = std::make_unique<Connection>();
    Receive(completion.res);
  }

  void OnReceive(int fd, const io_uring_cqe& completion) {
    Connection& connection = *connections_[fd];
    if ((completion.flags & IORING_CQE_F_MORE) == 0) connection.is_receiving = false;
    if (completion.res > 0) {
      const unsigned buffer = completion.flags >> IORING_CQE_BUFFER_SHIFT;
      connection.owed.push_back({buffer, 0, static_cast<unsigned>(completion.res)});
      if (connection.owed.size() == 1) Send(fd);
    } else if (completion.res != -ENOBUFS) {
      connection.is_over = true;
    }
    Settle(fd);
  }

  void OnSend(int fd, int sent) {
    Connection& connection = *connections_[fd];
    Piece& first = connection.owed.front();
    if (sent >= 0 && static_cast<unsigned>(sent) < first.size) {
      first.from += sent;
      first.size -= sent;
      Send(fd);
      return;
    }
    GiveBack(first.buffer);
    connection.owed.pop_front();
    if (sent < 0) {
      connection.is_over = true;
      for (const Piece& piece : connection.owed) GiveBack(piece.buffer);
      connection.owed.clear();
      shutdown(fd, SHUT_RDWR);  // ends its receive
    }
    if (!connection.owed.empty()) Send(fd);
    Settle(fd);
  }

  // A receive ends where no buffer is left; it begins again once some are back.
  void Settle(int fd) {
    std::unique_ptr<Connection>& connection = connections_[fd];
    if (connection->is_receiving || !connection->owed.empty()) return;
    if (connection->is_over) {
      connection.reset();
      close(fd);
    } else {
      waiting_.push_back(fd);
    }
  }

  void ReceiveAgain() {
    for (const int fd : waiting_) {
      if (connections_[fd] != nullptr && !connections_[fd]->is_receiving) Receive(fd);
    }
    waiting_.clear();
  }

  void Accept() {
    io_uring_sqe* const entry = Entry();
    io_uring_prep_multishot_accept(entry, listener_, nullptr, nullptr, 0);
    io_uring_sqe_set_data64(entry, Tag(listener_, kAccept));
  }

  void Receive(int fd) {
    connections_[fd]->is_receiving = true;
    io_uring_sqe* const entry = Entry();
    io_uring_prep_recv_multishot(entry, fd, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = kGroup;
    io_uring_sqe_set_data64(entry, Tag(fd, kReceive));
  }

  // One at a time for each connection: two could overtake each other.
  void Send(int fd) {
    const Piece& piece = connections_[fd]->owed.front();
    io_uring_sqe* const entry = Entry();
    const char* const bytes = memory_.data() + piece.buffer * kBufferSize + piece.from;
    io_uring_prep_send(entry, fd, bytes, piece.size, MSG_NOSIGNAL);
    io_uring_sqe_set_data64(entry, Tag(fd, kSend));
  }

  // A full queue is submitted at once.
  io_uring_sqe* Entry() {
    io_uring_sqe* entry = io_uring_get_sqe(ring_);
    while (entry == nullptr) {
      io_uring_submit(ring_);
      entry = io_uring_get_sqe(ring_);
    }
    return entry;
  }

  void GiveBack(unsigned buffer) {
    char* const bytes = memory_.data() + buffer * kBufferSize;
    io_uring_buf_ring_add(buffers_, bytes, kBufferSize, static_cast<unsigned short>(buffer),
                          io_uring_buf_ring_mask(kBuffers), 0);
    io_uring_buf_ring_advance(buffers_, 1);
  }

  static uint64_t Tag(int fd, Kind kind) { return static_cast<uint64_t>(fd) << 32 | kind; }

  io_uring* ring_;
  io_uring_buf_ring* buffers_ = nullptr;
  std::vector<char> memory_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by fd
  std::vector<int> waiting_;                              // for a receive to begin again
  int listener_ = -1;
};

}  // namespace

void EchoUring() {
  io_uring ring{};
  io_uring_params parameters{};
  parameters.flags = kRingFlags | IORING_SETUP_CQSIZE;
  parameters.cq_entries = 8 * kEntries;
  const int status = io_uring_queue_init_params(kEntries, &ring, &parameters);
  if (status < 0) {
    fprintf(stderr, "io_uring_setup: %s\n", strerror(-status));
    return;
  }
  Server server(&ring);
  if (server.Start()) server.Run();
  fprintf(stderr, "io_uring_register: the kernel has no ring of buffers\n");
}
