import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Action, isAllowed } from '../../core/domain/access.ts';
import type { ConsoleConfig } from '../config.ts';
import type { AccessApi } from './api/access.ts';
import type { IntegrationsApi } from './api/integrations.ts';
import type { PipelinesApi } from './api/pipelines.ts';
import type { RunnerApi } from './api/runner.ts';
import type { Person } from './auth/person.ts';

/** What every page works with. */
export interface Deck {
  readonly config: ConsoleConfig;
  readonly person: Person;
  readonly runner: RunnerApi;
  readonly integrations: IntegrationsApi;
  readonly pipelines: PipelinesApi;
  readonly access: AccessApi;
  readonly signOut: () => void;
}

export const DeckContext = createContext<Deck | undefined>(undefined);

export function useDeck(): Deck {
  const deck = useContext(DeckContext);
  if (!deck) throw new Error('A page is shown outside the deck.');
  return deck;
}

/** Whether who is signed in may do so; the API decides, this only spares them the refusal. */
export const useMay = (action: Action): boolean => isAllowed(useDeck().person.roles, action);
