import { defineJob } from 'jobdeck';
import hello from '../scripts/hello.ts';

export default defineJob({
  id: 'hello',
  name: 'Hello',
  script: hello,
  args: ['Ada'],
  // Each minute. A cron expression in UTC, or in `timezone`.
  schedule: '* * * * *',
});
