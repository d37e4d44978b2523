/** `npm start`: runs the local system until Ctrl-C. */
import { parseArgs } from 'node:util';
import { DEMO_TENANT } from '../lib/local/demo/tenant.ts';
import { explainStartFailure, runInForeground } from '../lib/local/run-in-foreground.ts';
import { localSettings } from '../lib/local/settings.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { empty: { type: 'boolean', default: false } } });
  const settings = localSettings(process.env);
  await runInForeground({
    settings,
    tokenCommand: `npm run --silent token -- --tenant ${DEMO_TENANT} --roles ADMIN,OWNER`,
    async startCompanion({ url }, token) {
      if (values.empty) return undefined;
      const { startDemo } = await import('../lib/local/demo/demo.ts');
      const demo = await startDemo(url, token, settings.dataDir);
      for (const refusal of demo.rejections) console.error(`The demo's ${refusal}`);
      return demo;
    },
  });
}

main().catch((error: unknown) => {
  console.error(explainStartFailure(error));
  process.exit(1);
});
