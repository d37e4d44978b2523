/**
 * Compares a synthesized stage with the account's Lambda quota:
 * `aws lambda get-account-settings | npm run --silent check:account`.
 */
import { text } from 'node:stream/consumers';
import { checkConcurrency, parseAccountSettings, queueConcurrency } from '../lib/account-concurrency.ts';

const [folder = 'cdk.out'] = process.argv.slice(2);
try {
  const { isSufficient, message } = checkConcurrency(
    queueConcurrency(folder),
    parseAccountSettings(await text(process.stdin)),
  );
  console.log(message);
  if (!isSufficient) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
