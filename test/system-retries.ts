/**
 * How often a failed test on a whole local system is repeated. Such a test depends on many processes of a shared machine.
 * `npm test` lists the tests that passed after a failure with their first errors: each of them is a fault to be mended.
 * All other tests have one attempt.
 */
export const SYSTEM_RETRIES = 1;
