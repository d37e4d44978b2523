import type { ComponentChildren } from 'preact';
import { useTitle } from './hooks/use-title.ts';
import { Button } from './ui/button.tsx';
import { Logo } from './ui/logo.tsx';

export interface SignInScreenProps {
  readonly title: string;
  readonly buttonLabel?: string;
  readonly onSignIn?: () => void;
  readonly children?: ComponentChildren;
}

/** The screen that is shown while no user is signed in. */
export function SignInScreen({ title, buttonLabel, onSignIn, children }: SignInScreenProps) {
  useTitle(title);
  return (
    <main class="sign-in">
      <Logo />
      <h1>{title}</h1>
      {children}
      {onSignIn && (
        <Button tone="primary" onClick={onSignIn}>
          {buttonLabel}
        </Button>
      )}
    </main>
  );
}
