/** The signs on the buttons: drawn, as not every font has them. */

export const ICONS = {
  first: 'M4 4v12M15 4 7 10l8 6z',
  previous: 'M10 4 3 10l7 6zM17 4l-7 6 7 6z',
  back: 'M14 3 5 10l9 7z',
  play: 'M5 3v14l12-7z',
  pause: 'M6 3v14M14 3v14',
  step: 'M6 3l9 7-9 7z',
  next: 'M3 4l7 6-7 6zM10 4l7 6-7 6z',
  last: 'M16 4v12M5 4l8 6-8 6z',
};

export function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}
