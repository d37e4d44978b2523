import { synthesize } from '../lib/app.ts';

// The CDK CLI sets the output folder, and passes `-c stage=…` through the context.
await synthesize(undefined, process.env.CDK_OUTDIR ?? 'cdk.out');
