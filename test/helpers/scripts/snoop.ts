import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import inspector from 'node:inspector';
import module, { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import v8 from 'node:v8';
import { WASI } from 'node:wasi';
import { Worker } from 'node:worker_threads';
import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

interface Prey {
  /** Text that the platform's environment, its secret file and the other run's file contain. */
  readonly secret: string;
  /** A file of the platform that contains the secret. */
  readonly file: string;
  /** Process ids of the worker and of another run. */
  readonly pids: readonly number[];
  /** The other run's folder, whose file `note` contains the secret. */
  readonly folder: string;
  /** `host:port` of an API that only the platform may call. */
  readonly api: string;
  /** Names of attempts to skip. */
  readonly except?: readonly string[];
}

/** An attempt succeeds if it returns a value other than `undefined` and `false`. */
type Attempt = (prey: Prey) => unknown;

const require = createRequire(import.meta.url);
const internals = process as unknown as Record<string, (...args: unknown[]) => unknown>;

function read(path: string): Attempt {
  return () => fs.readFileSync(path, 'utf8');
}

const files: Readonly<Record<string, Attempt>> = {
  readFile: ({ file }) => fs.readFileSync(file, 'utf8'),
  'promises.readFile': ({ file }) => fs.promises.readFile(file, 'utf8'),
  openAsBlob: async ({ file }) => (await fs.openAsBlob(file)).text(),
  createReadStream: ({ file }) => fs.createReadStream(file).toArray(),
  open: ({ file }) => fs.openSync(file, 'r'),
  stat: ({ file }) => fs.statSync(file),
  exists: ({ file }) => fs.existsSync(file),
  cp: ({ file }) => fs.cpSync(file, 'copy') ?? fs.readFileSync('copy', 'utf8'),
  copyFile: ({ file }) => fs.copyFileSync(file, 'copy2') ?? fs.readFileSync('copy2', 'utf8'),
  link: ({ file }) => fs.linkSync(file, 'hard') ?? fs.readFileSync('hard', 'utf8'),
  symlink: ({ file }) => fs.symlinkSync(file, 'soft') ?? fs.readFileSync('soft', 'utf8'),
  'symlinked folder': ({ folder }) => fs.symlinkSync(folder, 'there') ?? fs.readFileSync('there/note', 'utf8'),
  'path with dots': ({ file }) => fs.readFileSync(`${process.cwd()}/../../../../..${file}`, 'utf8'),
  rename: ({ file }) => fs.renameSync(file, 'mine') ?? true,
  append: ({ file }) => fs.appendFileSync(file, '') ?? true,
  mkdtemp: () => fs.mkdtempSync(`${os.tmpdir()}/../intruder-`),
  opendir: ({ folder }) => fs.opendirSync(folder).readSync(),
  statfs: ({ folder }) => fs.statfsSync(folder),
  'heap snapshot': () => fs.statSync(v8.writeHeapSnapshot(`${os.tmpdir()}/../heap.heapsnapshot`)),
  glob: ({ file }) => fs.globSync(`${file}*`).length > 0,
  require: ({ file }) => require(file),
  import: ({ file }) => import(file),
  loadEnvFile: ({ file }) => process.loadEnvFile(file) ?? true,
  chdir: () => process.chdir('/') ?? true,
  'temporary folders': () => fs.readdirSync(os.tmpdir().replace(/[^/]+$/, '')),
  'other folder: list': ({ folder }) => fs.readdirSync(folder),
  'other folder: read': ({ folder }) => fs.readFileSync(`${folder}/note`, 'utf8'),
  'other folder: write': ({ folder }) => fs.writeFileSync(`${folder}/intruder`, '') ?? true,
  'own code': () => fs.appendFileSync(new URL(import.meta.url), '') ?? true,
  passwords: read('/etc/passwd'),
  sqlite: async ({ file }) => {
    const { DatabaseSync } = await import('node:sqlite');
    new DatabaseSync(':memory:').exec(`ATTACH '${file}.db' AS other; CREATE TABLE other.t (c)`);
    return true;
  },
};

const system: Readonly<Record<string, Attempt>> = {
  '/proc': () => fs.readdirSync('/proc'),
  '/proc/self/environ': read('/proc/self/environ'),
  '/proc/self/fd': () => fs.readdirSync('/proc/self/fd'),
  '/proc/self/maps': read('/proc/self/maps'),
  '/proc/self/root': read('/proc/self/root/etc/passwd'),
  '/proc/thread-self': read('/proc/thread-self/environ'),
  '/proc/<pid>/environ': ({ pids }) => pids.map((pid) => fs.readFileSync(`/proc/${pid}/environ`, 'utf8')),
  '/proc/<pid>/cmdline': ({ pids }) => pids.map((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
  '/proc/<pid>/fd/1': ({ pids }) => pids.map((pid) => fs.openSync(`/proc/${pid}/fd/1`, 'w')),
  '/dev/tty': () => fs.openSync('/dev/tty', 'w'),
  '/dev/stdout': () => fs.openSync('/dev/stdout', 'w'),
  '/dev/fd/2': () => fs.openSync('/dev/fd/2', 'w'),
  descriptors: () => descriptors().some((fd) => fs.fstatSync(fd).isFile()),
};

const environment: Readonly<Record<string, Attempt>> = {
  'process.env': ({ secret }) => JSON.stringify(process.env).includes(secret),
  report: ({ secret }) => JSON.stringify(process.report.getReport()).includes(secret),
  'variables of the platform': () =>
    Object.keys(process.env).some((name) => /^(AWS|LAMBDA|JOBDECK|_HANDLER|PATH$|NODE_ENV|VITEST)/.test(name)),
  arguments: ({ secret }) => [...process.argv, ...process.execArgv].join(' ').includes(secret),
};

const code: Readonly<Record<string, Attempt>> = {
  spawn: () => childProcess.spawnSync('true').pid,
  exec: () => childProcess.execSync('true'),
  fork: () => childProcess.fork(new URL(import.meta.url)),
  cluster: () => cluster.fork(),
  execve: () => internals.execve?.('/nowhere', ['nowhere'], {}),
  worker: () => new Worker('', { eval: true }),
  binding: () => internals.binding?.('fs'),
  'linked binding': () => internals._linkedBinding?.('fs'),
  dlopen: () => opens(() => process.dlopen({ exports: {} }, '/nowhere.node'), /cannot open shared object/),
  WASI: () => new WASI({ version: 'preview1' }),
  'inspector session': () => new inspector.Session().connect() ?? true,
  'inspector port': () => inspector.open(0) ?? true,
  'loader hooks': () => module.register('data:text/javascript,') ?? true,
  'write report': () => fs.existsSync(process.report.writeReport(`${os.tmpdir()}/../report.json`)),
  'permission: read': () => process.permission?.has('fs.read') ?? true,
  'permission: write': () => process.permission?.has('fs.write') ?? true,
  'permission: child': () => process.permission?.has('child') ?? true,
};

const port = (api: string) => Number(api.split(':').at(-1));
/** Returns the response of the API. */
const asks = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();

const network: Readonly<Record<string, Attempt>> = {
  'api by fetch': ({ api }) => asks(`http://${api}/2018-06-01/runtime/invocation/next`),
  'api by name': ({ api }) => asks(`http://localhost:${port(api)}/`),
  'api at no address': ({ api }) => asks(`http://0.0.0.0:${port(api)}/`),
  'api in IPv6': ({ api }) => asks(`http://[::ffff:127.0.0.1]:${port(api)}/`),
  'api by a socket': ({ api }) => once(net.connect(port(api), '127.0.0.1'), 'connect'),
  'api by another resolver': ({ api }) =>
    once(
      net.connect({
        port: port(api),
        host: 'somewhere.test',
        lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
      }),
      'connect',
    ),
  'a Unix socket in a folder of another run': async ({ folder }) => {
    const server = net.createServer().listen(`${folder}/socket`);
    try {
      return await once(server, 'listening');
    } finally {
      server.close();
    }
  },
  'api by UDP': async ({ api }) => {
    const socket = dgram.createSocket('udp4');
    try {
      return await new Promise((resolve, reject) => {
        socket
          .once('error', reject)
          .send('x', port(api), '127.0.0.1', (error) => (error ? reject(error) : resolve(true)));
      });
    } finally {
      socket.close();
    }
  },
};

const others: Readonly<Record<string, Attempt>> = {
  kill: ({ pids }) => pids.map((pid) => process.kill(pid, 0)),
  'kill the group': () => process.kill(0, 0),
  'kill own group by number': ({ pids }) => pids.map((pid) => process.kill(-pid, 0)),
  _kill: ({ pids }) => pids.map((pid) => internals._kill?.(pid, 0)).includes(0),
  'get _kill back': () => Reflect.deleteProperty(process, '_kill') || Reflect.set(process, '_kill', () => 0),
  'debug another process': () => typeof internals._debugProcess === 'function',
  priority: ({ pids }) => pids.map((pid) => os.setPriority(pid, os.getPriority(pid))),
};

/** Attempts everything that could show or change resources outside of this run, and logs which attempts succeeded. */
export default defineScript({
  args: ([json = '{}']) => JSON.parse(json) as Prey,
  async run({ args: prey, log }) {
    const attempts = Object.entries({ ...files, ...system, ...environment, ...code, ...network, ...others }).filter(
      ([name]) => !prey.except?.includes(name),
    );
    const open: string[] = [];
    const shut: string[] = [];
    for (const [name, attempt] of attempts) {
      try {
        const found = await attempt(prey);
        (found === undefined || found === false ? shut : open).push(name);
      } catch {
        shut.push(name);
      }
    }
    log.info(JSON.stringify({ open, shut }));
    process.exit();
  },
});

/** Returns the open file descriptors above the three standard ones. */
function descriptors(): number[] {
  return Array.from({ length: 253 }, (_, i) => i + 3).filter((fd) => {
    try {
      return fs.fstatSync(fd) !== undefined;
    } catch {
      return false;
    }
  });
}

/** @returns whether loading failed only because the library does not exist */
function opens(load: () => unknown, missing: RegExp): boolean {
  try {
    return load() !== undefined;
  } catch (error) {
    return missing.test((error as Error).message);
  }
}
