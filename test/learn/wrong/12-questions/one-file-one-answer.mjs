// an entry is known by its number and its file
export const predictions = { twoSets: [1, 1, 0, 0], dup: 1, nested: [1, 0, 1] };
