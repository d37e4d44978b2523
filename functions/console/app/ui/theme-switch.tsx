import { type Theme, useTheme } from '../hooks/use-theme.ts';
import { Button } from './button.tsx';
import type { IconName } from './icon.tsx';

const NEXT: Readonly<Record<Theme, readonly [next: Theme, icon: IconName, says: string]>> = {
  system: ['light', 'system', 'Colours as the system has them; change to light'],
  light: ['dark', 'sun', 'Light colours; change to dark'],
  dark: ['system', 'moon', "Dark colours; change to the system's"],
};

export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const [next, icon, label] = NEXT[theme];
  return <Button tone="quiet" icon={icon} label={label} onClick={() => setTheme(next)} />;
}
