import { useEffect, useState } from 'preact/hooks';

/** Light, dark, or as the system has it. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const KEPT = 'jobdeck.theme';
const CHANGED = 'jobdeck:theme';

/** Of the last visit. Storage may be forbidden: then there is none. */
function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT);
    return THEMES.find((theme) => theme === kept) ?? 'system';
  } catch {
    return 'system';
  }
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event(CHANGED));
}

/** To be called before the first paint. */
export const startTheme = (): void => apply(keptTheme());

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(keptTheme);
  const choose = (next: Theme) => {
    try {
      localStorage.setItem(KEPT, next);
    } catch {
      // It holds for this visit.
    }
    apply(next);
    setTheme(next);
  };
  return [theme, choose];
}

/** A number that is another one whenever colours are: for what is drawn, not styled. */
export function useColourScheme(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const next = () => setTurn((before) => before + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    media.addEventListener('change', next);
    addEventListener(CHANGED, next);
    return () => {
      media.removeEventListener('change', next);
      removeEventListener(CHANGED, next);
    };
  }, []);
  return turn;
}
