import { useEffect, useState } from 'preact/hooks';

/** Light, dark, or as the system has it. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const STORAGE_KEY = 'jobdeck.theme';
const THEME_CHANGED_EVENT = 'jobdeck:theme';

/** Of the last visit. Storage may be forbidden: then there is none. */
function storedTheme(): Theme {
  try {
    const kept = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((theme) => theme === kept) ?? 'system';
  } catch {
    return 'system';
  }
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event(THEME_CHANGED_EVENT));
}

/** To be called before the first paint. */
export const applyStoredTheme = (): void => apply(storedTheme());

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (next: Theme) => {
    try {
      localStorage.setItem(STORAGE_KEY, next);
    } catch {
      // It holds for this visit.
    }
    apply(next);
    setTheme(next);
  };
  return [theme, choose];
}

/** A number that is another one whenever colours are: for what is drawn, not styled. */
export function useColorSchemeVersion(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const next = () => setTurn((before) => before + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    media.addEventListener('change', next);
    addEventListener(THEME_CHANGED_EVENT, next);
    return () => {
      media.removeEventListener('change', next);
      removeEventListener(THEME_CHANGED_EVENT, next);
    };
  }, []);
  return turn;
}
