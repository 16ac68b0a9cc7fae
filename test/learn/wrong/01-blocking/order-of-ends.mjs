// answer 2 was not for C
export const order = ['B', 'C', 'A'];
