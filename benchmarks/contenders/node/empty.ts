/** An empty module: the cost of importing any file. */
export {};
