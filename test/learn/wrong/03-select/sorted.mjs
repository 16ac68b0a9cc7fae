// the answer has the order of the list that was passed
export const predictions = { one: 'B', ended: 'C', order: 'AC', closed: 'EBADF' };
