// is there anything to read besides it
export const answers = {
  'pipe r: empty, writer closed': 'IN HUP',
  'pipe w: full, reader open': '-',
  'tcp peer closed': 'IN OUT RDHUP',
  'tcp reset by peer': 'IN OUT ERR HUP RDHUP',
  'tcp not connected': 'OUT HUP',
  'closed number': 'NVAL',
};
