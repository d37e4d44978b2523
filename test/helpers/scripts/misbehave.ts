import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, closeSync, mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { defineScript, type ScriptContext } from '../../../functions/scripts/lib/define-script.ts';

type Behaviour = (context: ScriptContext<Behaviour>) => unknown;

const forEver = new Promise<never>(() => {});

function keepAlive(): void {
  setInterval(() => {}, 1000);
}

/** Misbehaviours by the name that is passed as argument. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  ignoresSigterm() {
    process.on('SIGTERM', () => console.log('not now'));
    console.log('ready');
    keepAlive();
    return forEver;
  },
  blocksTheLoop() {
    console.log('ready');
    for (;;);
  },
  blocksTheLoopWithSignal({ signal }) {
    console.log(`ready ${signal.aborted}`);
    for (;;);
  },
  savesOnAbort({ signal, state, log }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    keepAlive();
    signal.addEventListener('abort', () => {
      log.info('saving');
      void state.set('cursor', 7).then(resolve);
    });
    log.info('ready');
    return promise;
  },
  leavesHandlesOpen: keepAlive,
  exits3: () => process.exit(3),
  exits0BeforeItsEnd() {
    process.exit(0);
  },
  throws() {
    throw new TypeError('no such thing', { cause: new Error('the root of it') });
  },
  throwsText: () => Promise.reject('just text'),
  rejectsAside() {
    void Promise.reject(new Error('nobody listens'));
    keepAlive();
    return forEver;
  },
  neverSettles: () => forEver,
  closesStdout() {
    closeSync(1);
    console.log('lost');
    console.error('still here');
  },
  closesControl() {
    closeSync(3);
    keepAlive();
    return forEver;
  },
  writesJunkToControl() {
    writeSync(3, 'junk\n');
    keepAlive();
    return forEver;
  },
  writesNullToControl() {
    writeSync(3, 'null\n');
    keepAlive();
    return forEver;
  },
  floodsControl({ report }) {
    report({ itemsProcessed: 1 });
    const junk = Buffer.alloc(64 * 1024, 'x');
    keepAlive();
    setInterval(() => {
      try {
        writeSync(3, junk);
      } catch (error) {
        // The reader is slower than the writer, and the channel does not block.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }, 1);
    return forEver;
  },
  writesBinary() {
    writeSync(
      1,
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
    );
    writeSync(2, Buffer.from('aé').subarray(0, 2));
  },
  prints100MB() {
    const line = `${'x'.repeat(1023)}\n`;
    for (let i = 0; i < 100; i += 1) process.stdout.write(line.repeat(1024));
    console.log('the end');
  },
  prints1MBAndExits() {
    for (let i = 1; i <= 10_000; i += 1) console.log(String(i).padStart(99, '.'));
    process.exit(0);
  },
  printsForEver() {
    const line = `${'x'.repeat(1023)}\n`.repeat(64);
    for (;;) process.stdout.write(line);
  },
  forksForEver() {
    let refused = 0;
    for (const end = Date.now() + 200; Date.now() < end; ) {
      try {
        spawn(process.execPath, ['--eval', 'for (;;);'], { detached: true });
      } catch {
        refused += 1;
      }
    }
    console.log(`refused ${refused > 0}`);
  },
  async promisesForEver() {
    for (;;) await Promise.resolve();
  },
  matchesForEver: () => /^(a+)+$/.test(`${'a'.repeat(60)}!`),
  async listens() {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    console.log((server.address() as AddressInfo).port);
  },
  fillsItsFolder() {
    for (let i = 0; i < 64; i += 1) appendFileSync('big', Buffer.alloc(1024 * 1024, 'x'));
    console.log(process.cwd());
  },
  killsItself: () => process.kill(process.pid, 'SIGKILL'),
  takesHeap() {
    const hoard: object[] = [];
    for (;;) hoard.push({ text: `${hoard.length} `.repeat(50) });
  },
  async takesBuffers() {
    const hoard: Buffer[] = [];
    for (;;) {
      hoard.push(Buffer.alloc(10 * 1024 * 1024, 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
  locksItsFolder() {
    mkdirSync('inner/deeper', { recursive: true });
    writeFileSync('inner/deeper/file', 'x');
    chmodSync('inner/deeper', 0);
    chmodSync('inner', 0);
    console.log(process.cwd());
  },
  async usesState({ state, log }) {
    log.info(JSON.stringify([await state.get('n'), await state.get('nothing')]));
    await state.set('n', { count: 2 });
    await state.delete('old');
    for (const bad of [
      () => state.set('big', 'x'.repeat(102_400)),
      () => state.set('', 1),
      () => state.set('f', undefined),
    ]) {
      await bad().catch((error: Error) => log.warn(error.message));
    }
  },
  async triggersWithoutBound({ trigger, log }) {
    const payload = 'x'.repeat(100_000);
    const started = await Promise.all(Array.from({ length: 60 }, () => trigger('callee', { payload })));
    log.info(`${started.length} started`);
  },
  async triggersWithoutNumber({ trigger, log }) {
    for (const input of [{ delay_s: Number.NaN }, { delay_s: Number.POSITIVE_INFINITY }]) {
      await trigger('callee', input).catch((error: Error) => log.info(error.message));
    }
  },
  reports({ report }) {
    report({ itemsProcessed: 1, meta: { page: 1 } });
    report({ itemsProcessed: 2 });
    report({ itemsProcessed: -1 });
  },
  showsItself({ args: _, env, run, log }) {
    log.info(JSON.stringify({ env, run, pid: process.pid, cwd: process.cwd(), time: new Date(0).getHours() }));
  },
};

export default defineScript<Behaviour>({
  args: ([name = '']) => behaviours[name] ?? (() => Promise.reject(new Error(`no behaviour '${name}'`))),
  run: (context) => context.args(context),
});
