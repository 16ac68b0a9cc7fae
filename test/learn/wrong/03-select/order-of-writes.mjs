// a closed number makes the whole call fail
export const predictions = { one: 'B', ended: 'C', order: 'CA', closed: 'A' };
