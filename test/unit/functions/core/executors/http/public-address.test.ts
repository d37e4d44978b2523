import { describe, expect, it } from 'vitest';
import { createAddressRule } from '../../../../../../functions/core/executors/http/public-address.ts';

const mayConnect = createAddressRule([]);

it.each([
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.1',
  '169.253.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:80b::200e',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
])('allows %s', (address) => {
  expect(mayConnect(address)).toBe(true);
});

it.each([
  // IPv4: this network, private, carrier-grade NAT, loopback, link-local with the metadata service, reserved
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  // IPv6: unspecified, loopback, unique local with the metadata service, link-local, site-local, multicast
  '::',
  '::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '100::1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  // IPv4 within IPv6: mapped, compatible, NAT64, 6to4, Teredo
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '::127.0.0.1',
  '64:ff9b::a00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  // malformed addresses
  '',
  'localhost',
  '1.1.1',
  'unknown',
])('refuses %s', (address) => {
  expect(mayConnect(address)).toBe(false);
});

describe('private networks', () => {
  const rule = createAddressRule(['10.1.0.0/16', 'fd12::/16']);

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['10.2.0.1', false],
    ['fd12::5', true],
    ['fd13::5', false],
    ['8.8.8.8', true],
  ])('decide on %s: %s', (address, expected) => {
    expect(rule(address)).toBe(expected);
  });

  it.each(['10.1.0.0', '10.1.0.0/33', 'fd00::/129', 'office', '/8', '10.0.0.0/8/8x', '10.0.0.0/-1'])(
    'reject the malformed block %s',
    (block) => {
      expect(() => createAddressRule([block])).toThrow(`must be CIDR blocks such as 10.1.0.0/16, got '${block}'`);
    },
  );
});
