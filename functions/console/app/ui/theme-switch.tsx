import { type Theme, useTheme } from '../hooks/use-theme.ts';
import { Button } from './button.tsx';
import type { IconName } from './icon.tsx';

const NEXT: Readonly<Record<Theme, readonly [next: Theme, icon: IconName, says: string]>> = {
  system: ['light', 'system', 'System theme; switch to light'],
  light: ['dark', 'sun', 'Light theme; switch to dark'],
  dark: ['system', 'moon', 'Dark theme; switch to system'],
};

export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const [next, icon, label] = NEXT[theme];
  return <Button tone="quiet" icon={icon} label={label} onClick={() => setTheme(next)} />;
}
