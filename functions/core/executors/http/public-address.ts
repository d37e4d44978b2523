import { BlockList, isIP } from 'node:net';

/**
 * IPv4 blocks outside the public Internet: IANA's special-purpose registry (RFC 6890 and updates), multicast and
 * reserved blocks. 169.254.0.0/16 contains the instance metadata service; carriers share 100.64.0.0/10.
 */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/**
 * The globally allocated IPv6 block. All other addresses are local, special, or contain an IPv4 address (NAT64,
 * mapped).
 */
const GLOBAL_V6 = ['2000::/3'];

/**
 * Special blocks within `GLOBAL_V6`: protocol assignments including Teredo, documentation, and 6to4, which contains
 * IPv4 addresses.
 */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const specialV4 = blocks(SPECIAL_V4);
const globalV6 = blocks(GLOBAL_V6);
const specialV6 = blocks(SPECIAL_V6);

export type AddressRule = (address: string) => boolean;

/**
 * Creates the rule that allows connections to public addresses and to `privateNetworks`. An IPv4 address mapped to IPv6
 * (`::ffff:10.0.0.1`) is treated as IPv4. Text that is not an address is refused.
 *
 * @param privateNetworks CIDR blocks
 * @throws if a block is malformed; the message names the block
 */
export function createAddressRule(privateNetworks: readonly string[]): AddressRule {
  const allowed = blocks(privateNetworks);
  return (text) => {
    const address = withoutMapping(text);
    switch (isIP(address)) {
      case 4:
        return allowed.check(address, 'ipv4') || !specialV4.check(address, 'ipv4');
      case 6:
        return allowed.check(address, 'ipv6') || (globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6'));
      default:
        return false;
    }
  };
}

function blocks(list: readonly string[]): BlockList {
  const result = new BlockList();
  for (const block of list) {
    const [, network = '', bits = ''] = /^(.*)\/(\d+)$/.exec(block) ?? [];
    const family = isIP(network);
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
      throw new Error(`private networks: must be CIDR blocks such as 10.1.0.0/16, got '${block}'`);
    }
    result.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return result;
}

/** Returns the IPv4 address of an IPv4-mapped IPv6 address in any notation, and other addresses without their zone. */
function withoutMapping(text: string): string {
  const [address = ''] = text.split('%');
  if (isIP(address) !== 6) return address;
  // The URL parser writes IPv6 addresses in their shortest form, with an embedded IPv4 address in hexadecimal.
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest);
  if (!mapped) return shortest;
  const value = Number.parseInt(mapped[1] ?? '', 16) * 0x10000 + Number.parseInt(mapped[2] ?? '', 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}
