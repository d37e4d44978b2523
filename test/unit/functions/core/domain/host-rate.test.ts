import { describe, expect, it } from 'vitest';
import { hostOf, hostRate } from '../../../../../functions/core/domain/host-rate.ts';

describe('hostOf', () => {
  it.each([
    ['https://API.Example.com:8443/a?b', 'api.example.com'],
    ['http://example.com./', 'example.com'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://[::1]:80/', '[::1]'],
    [`http://${'a'.repeat(2_000)}/`, 'a'.repeat(255)],
    ['no url', ''],
  ])('returns the host of %s whatever its notation and port', (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
});

describe('hostRate', () => {
  it('permits the requests of four seconds at once, at least 10', () => {
    expect([hostRate(50), hostRate(1)]).toEqual([
      { perSecond: 50, burst: 200 },
      { perSecond: 1, burst: 10 },
    ]);
  });
});
