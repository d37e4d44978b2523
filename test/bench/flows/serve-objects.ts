/** Entry of the process of `objects-process.ts`: S3 in the folder that is named, until standard input ends. */
import { startSqsAndS3 } from '../../../lib/local/fauxqs/sqs-and-s3.ts';

const [folder = '', bucket = ''] = process.argv.slice(2);
const services = await startSqsAndS3(folder);
services.ensureBucket(bucket);
process.stdin.resume().on('end', () => process.exit());
process.stdout.write(`${services.url}\n`);
