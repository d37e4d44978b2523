import { useCallback, useState } from 'preact/hooks';
import { errorMessage } from '../api/errors.ts';

/** A request that the user triggers, with its progress and outcome. */
export interface Action<Arguments extends readonly unknown[]> {
  readonly busy: boolean;
  /** Error message of the last request. */
  readonly error: string | undefined;
  readonly run: (...args: Arguments) => Promise<void>;
  readonly clear: () => void;
}

export function useAction<Arguments extends readonly unknown[]>(
  act: (...args: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const run = async (...args: Arguments): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await act(...args);
    } catch (error) {
      setError(errorMessage(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run, clear: useCallback(() => setError(undefined), []) };
}
