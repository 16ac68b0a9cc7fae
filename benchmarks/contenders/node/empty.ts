/** An empty module: what the import of any file takes. */
export {};
