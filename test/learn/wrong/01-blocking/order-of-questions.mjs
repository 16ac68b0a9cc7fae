// answer 1 was not for A
export const order = ['A', 'C', 'B'];
