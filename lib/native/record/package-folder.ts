/**
 * The folder of this package: above the last `lib` or `dist` in the path, because an installed package
 * may itself be below `/usr/lib`. Empty in a bundle without `import.meta.dirname`.
 */
export const packageFolder = (import.meta.dirname ?? '').replace(/^(.*)\/(?:lib|dist)\/.*$/, '$1');
