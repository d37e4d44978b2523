import { describe, expect, it } from 'vitest';
import { type StageSettings, stageConfig } from '../../../lib/config.ts';
import { parseSender } from '../../../lib/email-sender.ts';

const domain = 'arn:aws:ses:eu-central-1:123456789012:identity/example.com';

describe('the setting email', () => {
  it('is an address, of a verified address or domain', () => {
    expect(parseSender('jobs@example.com')).toEqual({
      address: 'jobs@example.com',
      identities: ['jobs@example.com', 'example.com'],
    });
  });

  it('is the ARN of an identity, whose address is jobdeck of a domain', () => {
    const address = domain.replace('example.com', 'jobs@example.com');

    expect(parseSender(domain)).toMatchObject({ address: 'jobdeck@example.com', identityArn: domain });
    expect(parseSender(address)).toMatchObject({ address: 'jobs@example.com', identityArn: address });
  });

  it.each([
    [{ from: 'jobs' }, 'email.from must be an address of e-mail or the ARN of an identity of SES, got "jobs"'],
    [{ from: domain.replace('example.com', '*') }, 'email.from must be an address of e-mail or the ARN'],
    [{}, 'email.from must be an address of e-mail or the ARN'],
    [{ from: 'jobs@example.com', to: 'x' }, 'email.to must be absent: only from and domains are settings, got "to"'],
    [{ from: 'jobs@example.com', domains: [] }, 'email.domains must be a list of 1–50 domains, got []'],
    [{ from: 'jobs@example.com', domains: 'example.com' }, 'email.domains must be a list of 1–50 domains'],
    [
      { from: 'jobs@example.com', domains: ['example.com', '*.test'] },
      'email.domains[1] must be a domain such as example.com, got "*.test"',
    ],
    ['jobs@example.com', 'email must be an object, got "jobs@example.com"'],
  ])('is refused as %j', (email, message) => {
    expect(() => stageConfig('prod', { email } as StageSettings)).toThrow(message);
  });
});
