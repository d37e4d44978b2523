import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import '../../simulation/driver/environment.ts';

/** Scripts that the tenants use. A deployed function reads them from a file beside its bundle. */
const SCRIPTS = ['echo', 'fail', 'sleep'].map((name) => ({ name, description: null, usage: null }));

const KNOWN_SCRIPTS = `
  const scripts = ${JSON.stringify(SCRIPTS)};
  export const readScripts = () => scripts;
  export const readKnownScripts = () => scripts.map(({ name }) => name);
  export const findScript = (name) => scripts.find((script) => script.name === name);`;

registerHooks({
  load: (url, context, next) =>
    url.endsWith('/core/platform/known-scripts.ts')
      ? { format: 'module', source: KNOWN_SCRIPTS, shortCircuit: true }
      : next(url, context),
});

/** Thread of one measurement in virtual time, because the simulation replaces the clock of its thread. */
const { measureVirtual } = await import('./measure-virtual.ts');
parentPort?.postMessage(await measureVirtual(workerData as string | undefined));
