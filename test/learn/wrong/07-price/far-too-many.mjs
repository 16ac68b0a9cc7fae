// far fewer than 1000000
export const n = 1_000_000;
