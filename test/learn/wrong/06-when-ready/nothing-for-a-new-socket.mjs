// there is no peer to hang on
export const answers = {
  'pipe r: empty, writer closed': 'HUP',
  'pipe w: full, reader open': '-',
  'tcp peer closed': 'IN OUT RDHUP',
  'tcp reset by peer': 'IN OUT ERR HUP RDHUP',
  'tcp not connected': '-',
  'closed number': 'NVAL',
};
