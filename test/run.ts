import { startVitest } from 'vitest/node';

/**
 * `npm test`: all tests, or those of the files named behind `--`. The last line is the whole run's numbers.
 */
const vitest = await startVitest('test', process.argv.slice(2), { run: true, watch: false, reporters: ['default'] });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string) => tests.filter((test) => test.result().state === state).length;
const brokenFiles = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const outsideTests = vitest.state.getUnhandledErrors().length;
await vitest.close();

const skipped = count('skipped') + count('pending');
// A file that does not load, or an error outside any test, is a failure like any other.
const failed = count('failed') + brokenFiles + outsideTests;
console.log(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || tests.length === 0 ? 1 : 0);
