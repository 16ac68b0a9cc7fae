/** The part of the address behind `#`: which moment of which recording is shown, and how. */

export interface Address {
  /** The scenario. */
  s?: string;
  /** The columns that are shown. */
  v?: string[];
  /** The beat, and how many steps of it have happened. */
  b?: number;
  i?: number;
  /** The set of recordings. */
  w?: string;
  /** The text view. */
  t?: boolean;
  /** Nothing but the picture, to be put into another page. */
  embed?: boolean;
}

export function readAddress(hash: string): Address {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const address: Address = {};
  const [s, v, w] = ['s', 'v', 'w'].map((name) => fields.get(name));
  if (s) address.s = s;
  if (v) address.v = v.split(',');
  if (w) address.w = w;
  for (const name of ['b', 'i'] as const) {
    const text = fields.get(name) ?? '';
    if (/^\d+$/.test(text)) address[name] = Number(text);
  }
  if (fields.get('t') === '1') address.t = true;
  if (fields.get('embed') === '1') address.embed = true;
  return address;
}

export function writeAddress({ s, v, b, i, w, t, embed }: Address): string {
  const fields: string[] = [];
  const add = (name: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') fields.push(`${name}=${value}`);
  };
  add('s', s && encodeURIComponent(s));
  add('v', v?.map(encodeURIComponent).join(','));
  add('b', b);
  add('i', i);
  add('w', w && encodeURIComponent(w));
  add('t', t ? 1 : undefined);
  add('embed', embed ? 1 : undefined);
  return `#${fields.join('&')}`;
}
