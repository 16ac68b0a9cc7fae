// send() still works
export const answers = {
  'pipe r: empty, writer closed': 'HUP',
  'pipe w: full, reader open': '-',
  'tcp peer closed': 'IN OUT HUP',
  'tcp reset by peer': 'IN OUT ERR HUP RDHUP',
  'tcp not connected': 'OUT HUP',
  'closed number': 'NVAL',
};
