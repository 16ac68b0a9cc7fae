// far more than 1
export const n = 1;
