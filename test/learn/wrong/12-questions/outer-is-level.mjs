// the outer one reports a change of the inner one
export const predictions = { twoSets: [1, 1, 0, 0], dup: 2, nested: [1, 1, 1] };
