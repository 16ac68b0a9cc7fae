// Solution of lesson 1. accept() answers in the order of connecting: B, A, C. The server stays
// with B until B has ended, then with A; C has its turn last, though it was the first to end.
export const order = ['B', 'A', 'C'];
