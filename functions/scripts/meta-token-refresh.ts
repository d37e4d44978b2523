import { DAY_MS } from '../core/domain/timing.ts';
import { numberArgument } from './lib/arguments.ts';
import { defineScript } from './lib/define-script.ts';
import { MetaGraph } from './lib/meta-graph.ts';

const NONE = { valid: false, expiresAt: null };

/**
 * Exchanges the tenant's Meta token for a new one if it expires within the given number of days (argument, default 10),
 * for the other Meta scripts. Without a valid token the token of the login is exchanged.
 *
 * Variables: those of `MetaGraph`.
 */
export default defineScript({
  description: 'Exchanges the Meta token of the tenant before it expires.',
  usage: '[days before the expiry]',
  args: ([days = '10']) => ({ days: numberArgument('days', days, { min: 0, max: 60 }) }),
  async run({ args: { days }, env, state, signal, log, report }) {
    const graph = new MetaGraph({ env, state, signal, log });
    const stored = await graph.getStoredToken();
    const { valid, expiresAt } = stored ? await graph.inspectToken(stored.token) : NONE;
    const end = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    if (valid && end > Date.now() + days * DAY_MS) {
      log.info(`the token is valid until ${expiresAt ?? 'it is revoked'}`);
      report({ itemsProcessed: 0, meta: { refreshed: false, expiresAt } });
      return;
    }
    log.info(valid ? `the token expires at ${expiresAt}` : 'there is no valid token');
    const renewed = stored && valid ? await graph.exchangeToken(stored.token) : await graph.exchangeLoginToken();
    log.info(`exchanged for a token that is valid until ${renewed.expiresAt ?? 'it is revoked'}`);
    report({ itemsProcessed: 1, meta: { refreshed: true, expiresAt: renewed.expiresAt } });
  },
});
