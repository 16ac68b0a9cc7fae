// Exercise of lesson 7. One file descriptor of n is ready. For small n, poll() and epoll cost about
// the same. At which n does poll() cost ten times as much as epoll, on this machine?
// Guess a number, or replace it by code that measures it. The checker allows a factor of 4.
export const n = 10_000;
