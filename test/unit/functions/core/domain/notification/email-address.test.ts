import { describe, expect, it } from 'vitest';
import {
  parseDestination,
  validateDestination,
} from '../../../../../../functions/core/domain/notification/destination.ts';
import { parseRecipients } from '../../../../../../functions/core/domain/notification/email-address.ts';

const rules = { plainHttp: false, email: true };

describe('recipients of e-mail', () => {
  it.each([
    ['ana@example.com', ['ana@example.com']],
    ['ana.b+jobs@mail.example.co, ben@example.com', ['ana.b+jobs@mail.example.co', 'ben@example.com']],
  ])('parses %s', (text, to) => {
    expect(parseRecipients(text)).toEqual(to);
    expect(parseDestination(`email:${text}`)).toEqual({ type: 'email', to });
    expect(() => validateDestination('on_failure', `email:${text}`, rules)).not.toThrow();
  });

  it.each([
    ['nobody', ''],
    ['no domain', 'ana'],
    ['a domain without a dot', 'ana@localhost'],
    ['two signs', 'ana@b@example.com'],
    ['a space', 'ana b@example.com'],
    ['a line break', 'ana@example.com\r\nBcc: eve@evil.test'],
    ['a line break at the end', 'ana@example.com\n,ben@example.com\nx'],
    ['a display name', 'Ana <ana@example.com>'],
    ['quotes', '"ana"@example.com'],
    ['letters beyond ASCII', 'än@example.com'],
    ['two dots in a row', 'a..b@example.com'],
    ['a local part that is too long', `${'a'.repeat(65)}@example.com`],
    ['the same address twice', 'ana@example.com,ANA@example.com'],
    ['an empty entry', 'ana@example.com,'],
    ['11 addresses', Array.from({ length: 11 }, (_, i) => `a${i}@example.com`).join(',')],
  ])('refuses %s', (_, text) => {
    const destination = `email:${text}`;

    expect(parseDestination(destination)).toBeUndefined();
    expect(() => validateDestination('on_failure', destination, rules)).toThrow(
      `on_failure: must be 1–10 different addresses such as email:ana@example.com,ben@example.com, got '${destination}'`,
    );
  });

  it('fail if the stage has no sender', () => {
    expect(() => validateDestination('on_failure', 'email:ana@example.com', { plainHttp: false })).toThrow(
      "on_failure: must not be an address of e-mail: the stage has no sender, got 'email:ana@example.com'",
    );
  });
});

describe('the domains of recipients', () => {
  const validate = (destination: string) =>
    validateDestination('on_failure', destination, { ...rules, emailDomains: ['example.com', 'acme.test'] });

  it('admit addresses of the domains in any case', () => {
    expect(() => validate('email:ana@example.com,ben@ACME.test')).not.toThrow();
    expect(() => validate('slack:#ops')).not.toThrow();
  });

  it.each(['ana@evil.test', 'ana@sub.example.com', 'ana@notexample.com', 'ben@example.com,ana@example.com.evil.test'])(
    'refuse %s',
    (addresses) => {
      expect(() => validate(`email:${addresses}`)).toThrow(
        `on_failure: must have addresses of the domains example.com, acme.test only, got 'email:${addresses}'`,
      );
    },
  );
});
