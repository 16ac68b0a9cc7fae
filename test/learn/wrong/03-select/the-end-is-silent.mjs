// the end
export const predictions = { one: 'B', ended: '', order: 'CA', closed: 'EBADF' };
