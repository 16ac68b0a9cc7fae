/** What the page asks the browser: the width, what the reader prefers, and what is remembered. */
import { useEffect, useState } from 'preact/hooks';

/** Whether a media query holds, now and after each change. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = () => setHolds(list.matches);
    list.addEventListener('change', update);
    update();
    return () => list.removeEventListener('change', update);
  }, [query]);
  return holds;
}

/** Reads or writes a choice of the reader. Null where the browser keeps nothing for this page. */
export function remembered(name: string, value?: string): string | null {
  const key = `fdselect replay ${name}`;
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
