// Exercise of lesson 6. What does poll() answer? Write the names of the events in the order
// IN PRI OUT ERR HUP NVAL RDHUP, with a space between, and '-' for not ready.
// All are asked for IN, PRI, OUT and RDHUP.
export const answers = {
  'pipe r: empty, writer closed': '',
  'pipe w: full, reader open': '',
  'tcp peer closed': '',
  'tcp reset by peer': '',
  'tcp not connected': '',
  'closed number': '',
};
