// n is many
export const n = 'many';
