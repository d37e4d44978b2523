import { describe, expect, it } from 'vitest';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { createTeamApp, embed } from '../../helpers/stack/embedding.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import { isAllowed, statementsOf, tenantStatementsOf } from '../../helpers/stack/policies.ts';
import { resolveApp } from '../../helpers/stack/synthesized.ts';

const { app, stack } = createTeamApp({ env: { account: ACCOUNT, region: REGION } });
embed(stack, { stage: 'prod', email: { from: 'jobs@example.com', domains: ['example.com', 'acme.test'] } });
const synthesized = resolveApp(app);

const identity = (name: string) => `arn:aws:ses:${REGION}:${ACCOUNT}:identity/${name}`;
const from = (address: string) => ({ 'ses:FromAddress': address });

const functions = synthesized
  .of('AWS::Lambda::Function')
  .map(({ Properties }) => String(Properties.FunctionName).replace('jobdeck-prod-', ''));

describe('the sender of e-mail', () => {
  it.each(['jobs@example.com', 'example.com'])('may be used by the deliverer only, as %s', async (name) => {
    const allowed: string[] = [];
    for (const fn of functions) {
      const statements = [...statementsOf(synthesized, fn), ...tenantStatementsOf(synthesized, fn)];
      if (await isAllowed(statements, 'ses:SendEmail', identity(name), from('jobs@example.com'))) allowed.push(fn);
    }

    expect(allowed).toEqual(['deliverer']);
  });

  it('permits neither another identity nor another address', async () => {
    const statements = statementsOf(synthesized, 'deliverer');

    expect(await isAllowed(statements, 'ses:SendEmail', identity('other.com'), from('jobs@example.com'))).toBe(false);
    expect(await isAllowed(statements, 'ses:SendEmail', identity('example.com'), from('ceo@example.com'))).toBe(false);
  });

  it('is passed to the functions that validate destinations', () => {
    const withDomains = functions.filter((name) => {
      const { Environment } = synthesized.fn(name).Properties as {
        readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
      };
      return Environment.Variables[Env.emailDomains] === 'example.com,acme.test';
    });
    const withSender = functions.filter((name) => {
      const { Environment } = synthesized.fn(name).Properties as {
        readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
      };
      return Environment.Variables[Env.emailFrom] === 'jobs@example.com';
    });

    expect(withSender).toEqual(expect.arrayContaining(['deliverer', 'api-runner', 'api-flows', 'api-pipelines']));
    expect(withSender).not.toContain('worker');
    expect(withDomains).toEqual(withSender);
  });
});
