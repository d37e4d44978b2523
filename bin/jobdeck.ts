import { synthesize } from '../lib/app.ts';

// The CDK CLI says where it wants the assembly, and passes `-c stage=…` through the context.
await synthesize(undefined, process.env.CDK_OUTDIR ?? 'cdk.out');
