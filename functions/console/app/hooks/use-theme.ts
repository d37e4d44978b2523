import { useEffect, useState } from 'preact/hooks';

/** `system` follows the operating system. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const STORAGE_KEY = 'jobdeck.theme';
const THEME_CHANGED_EVENT = 'jobdeck:theme';

/** Returns the stored theme; `system` if the browser blocks storage. */
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

/** Applies the stored theme. Must be called before the first paint. */
export const applyStoredTheme = (): void => apply(storedTheme());

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (next: Theme) => {
    try {
      localStorage.setItem(STORAGE_KEY, next);
    } catch {
      // The theme applies until the page is closed.
    }
    apply(next);
    setTheme(next);
  };
  return [theme, choose];
}

/** Returns a number that changes whenever the color scheme changes, for content that is drawn on a canvas. */
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
