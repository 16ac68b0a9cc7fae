// Exercise of lesson 12: three predictions. Write the number of answers of each wait.
export const predictions = {
  // A socket is registered in two epolls, edge-triggered. One byte comes. Each epoll waits twice:
  // first, second, first, second.
  twoSets: [0, 0, 0, 0],
  // A pipe's reading end and its dup are registered in one epoll, level-triggered. One byte comes.
  // How many answers does one wait give?
  dup: 0,
  // An inner epoll has a socket (level). An outer one has the inner one (edge). One byte comes.
  // The outer one waits twice, then the byte is read, another byte comes, and it waits once more.
  nested: [0, 0, 0],
};
