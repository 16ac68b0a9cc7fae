// Exercise of lesson 3. There are three pipes, A, B and C, all empty. What does select() answer
// for their reading ends, with a timeout of 0? Write the letters in the order of the answer, ''
// for none, or the name of the error.
export const predictions = {
  // 'x' is written to B; select([A, B, C], [], [], 0)
  one: '',
  // the writing end of C is closed, nothing is written; select([A, B, C], [], [], 0)
  ended: '',
  // 'x' is written to C, then to A; select([C, A, B], [], [], 0)
  order: '',
  // 'x' is written to A, the reading end of B is closed; select([A, B, C], [], [], 0)
  closed: '',
};
