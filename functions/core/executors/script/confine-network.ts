import dgram from 'node:dgram';
import net, { BlockList, isIP } from 'node:net';
import os from 'node:os';

/** Link-local addresses, which include instance metadata, tracing and the Lambda runtime API. */
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'];
/** Addresses of this machine. */
const LOOPBACK = ['127.0.0.0/8', '0.0.0.0/32', '::1/128', '::/128'];

type Method = (...args: unknown[]) => unknown;
type Handle = Record<string, Method | undefined>;

/**
 * Denies connections to the platform: link-local addresses and the Lambda runtime API, which any process of the
 * function could otherwise reach, and Unix sockets, which Node's permission model does not cover (CVE-2026-21711).
 *
 * @param runtimeApi `host:port` of the Lambda runtime API; `undefined` outside Lambda
 */
export function confineNetwork(runtimeApi: string | undefined): void {
  denyConnections(createDenyRule(runtimeApi));
}

/** Denies all connections of this process, except for the pipes that it has. */
export function denyNetwork(): void {
  denyConnections(() => true);
}

/** Patches the handles that all of Node's networking modules use. */
function denyConnections(isBarred: (address: unknown, port: unknown) => boolean): void {
  const refusal = -os.constants.errno.EACCES;
  const bar = (
    handle: Handle,
    name: string,
    target: (args: readonly unknown[]) => readonly [unknown, unknown],
  ): void => {
    const original = handle[name];
    if (!original) throw new Error(`there is no ${name} to be guarded`);
    const value = function (this: unknown, ...args: unknown[]): unknown {
      const [address, port] = target(args);
      return isBarred(address, port) ? refusal : original.apply(this, args);
    };
    Object.defineProperty(handle, name, { value, writable: false, configurable: false });
  };

  const pipe = pipeHandle();
  for (const name of ['bind', 'connect']) denyAll(pipe, name, refusal);
  const tcp = streamHandle();
  for (const name of ['connect', 'connect6']) bar(tcp, name, ([, address, port]) => [address, port]);
  const udp = datagramHandle();
  for (const name of ['connect', 'connect6']) bar(udp, name, ([address, port]) => [address, port]);
  // Without an address, the datagram goes to the connected address.
  for (const name of ['send', 'send6']) bar(udp, name, ([, , , port, address]) => [address, port]);
}

function denyAll(handle: Handle, name: string, refusal: number): void {
  if (!handle[name]) throw new Error(`there is no ${name} to be guarded`);
  Object.defineProperty(handle, name, { value: () => refusal, writable: false, configurable: false });
}

/** @returns a predicate for addresses and ports that scripts must not reach */
function createDenyRule(runtimeApi: string | undefined): (address: unknown, port: unknown) => boolean {
  const ofMachine = blocks(LINK_LOCAL);
  const loopback = blocks(LOOPBACK);
  const [, host = '', apiPort = ''] = /^(.*):(\d+)$/.exec(runtimeApi ?? '') ?? [];
  return (address, port) => {
    if (typeof address !== 'string') return false;
    const [ip = ''] = address.split('%');
    const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4';
    if (ofMachine.check(ip, family)) return true;
    return Number(port) === Number(apiPort || -1) && (ip === host || loopback.check(ip, family));
  };
}

function blocks(list: readonly string[]): BlockList {
  const result = new BlockList();
  for (const block of list) {
    const [network = '', bits] = block.split('/');
    result.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return result;
}

/** Returns the prototype of all handles of pipes and Unix sockets. */
function pipeHandle(): Handle {
  const socket = new net.Socket();
  // The connection to a folder fails, but creates the handle.
  socket.on('error', () => {});
  socket.connect({ path: '/' });
  const { _handle: handle } = socket as unknown as { readonly _handle?: Handle };
  if (!handle) throw new Error('a pipe has no handle');
  const prototype = Object.getPrototypeOf(handle) as Handle;
  socket.destroy();
  return prototype;
}

/** Returns the prototype of all TCP socket handles. */
function streamHandle(): Handle {
  const { _createServerHandle: create } = net as unknown as {
    readonly _createServerHandle: (address: string, port: number, family: 4) => Handle | number;
  };
  const handle = create('127.0.0.1', 0, 4);
  if (typeof handle === 'number') throw new Error(`no socket can be made: ${handle}`);
  handle.close?.();
  return Object.getPrototypeOf(handle) as Handle;
}

/** Returns the prototype of all UDP socket handles. */
function datagramHandle(): Handle {
  const socket = dgram.createSocket('udp4') as unknown as Record<symbol, { handle?: Handle }> & dgram.Socket;
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => socket[symbol]?.handle);
  const handle = state && socket[state]?.handle;
  socket.close();
  if (!handle) throw new Error('a UDP socket has no handle');
  return Object.getPrototypeOf(handle) as Handle;
}
