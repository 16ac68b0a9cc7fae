// order is ["B","A"]
export const order = ['B', 'A'];
