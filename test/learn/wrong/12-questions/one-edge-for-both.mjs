// each epoll has a ready list of its own
export const predictions = { twoSets: [1, 0, 0, 0], dup: 2, nested: [1, 0, 1] };
