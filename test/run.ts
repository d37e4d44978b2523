import { parseCLI, startVitest } from 'vitest/node';

/**
 * `npm test` runs all tests, `npm test -- <filter> <options of vitest>` those of the matching files. The last line of
 * the output holds the totals of the run.
 */
const { filter, options } = parseCLI(['vitest', ...process.argv.slice(2)]);
const vitest = await startVitest('test', filter, { ...options, run: true, watch: false, reporters: ['default'] });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string) => tests.filter((test) => test.result().state === state).length;
const brokenFiles = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const outsideTests = vitest.state.getUnhandledErrors().length;
await vitest.close();

const skipped = count('skipped') + count('pending');
// A file that fails to load, and an error outside of any test, count as failures.
const failed = count('failed') + brokenFiles + outsideTests;
console.log(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || tests.length === 0 ? 1 : 0);
