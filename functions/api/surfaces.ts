import type { Route } from './route.ts';
import { runnerRoutes } from './runner/routes.ts';

/** One Lambda each: its entry is `functions/api/<name>/handler.ts`. */
export interface Surface {
  readonly name: string;
  readonly routes: readonly Route[];
}

export const surfaces: readonly Surface[] = [{ name: 'runner', routes: runnerRoutes }];
